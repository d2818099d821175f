"""Verdicts on the noise with which image-to-image begins."""

from collections.abc import Sequence

import numpy as np

from ..mistakes.distributions import noise_mistake
from ..mistakes.edited import seed_twice_mistake, start_mistake
from ..runner import CheckFailed
from .edited import HELD, Edit, held, refuse_wrong_steps, scaled
from .noise import assert_normal_noise, fresh
from .replay import Replay
from .statistics import ALARM, mean_square_p


def start_noise(edit: Edit) -> np.ndarray:
    """What the first x holds beside x_0, (N, H, W), scaled to variance 1 for the right t."""
    alpha_bar = edit.setting.tables.alpha_bars[edit.setting.timesteps[0]]
    return (edit.run.states[0] - np.sqrt(alpha_bar) * edit.x_0) / np.sqrt(1 - alpha_bar)


def assert_starts(pairs: Sequence[tuple[Edit, Edit]]) -> None:
    """The first x is x_0 with the noise of timesteps[i_start], for each pair's i_start."""
    settings = [one.setting for one, _ in pairs]
    shares, misfits = np.array([held(one, two, 0) for one, two in pairs]).T
    wanted = np.array([np.sqrt(s.tables.alpha_bars[s.timesteps[0]]) for s in settings])
    off = np.nan_to_num(np.maximum(np.abs(shares - wanted), misfits), nan=np.inf)
    worst = int(np.argmax(off))
    if not off[worst] <= HELD:
        places = np.array([setting.i_start for setting in settings])
        noise = np.array([_left(one, share) for (one, _), share in zip(pairs, shares, strict=True)])
        raise CheckFailed(
            f"with {settings[worst].asked} your first x holds {shares[worst]:.4f} x_0, at "
            f"t={settings[worst].timesteps[0]} equation A1 has {wanted[worst]:.4f}",
            start_mistake(settings[0].tables.alpha_bars, settings[0].listed, places, shares, noise)
            if (misfits <= HELD).all()
            else None,
        )
    for one, _ in pairs:
        z, s = start_noise(one), one.setting
        if not len(pairs) * mean_square_p(z[fresh(z)]) >= ALARM:  # the runs share the alarm
            t, size = s.timesteps[0], np.sqrt(np.mean(np.square(z)))
            right = np.sqrt(1 - s.tables.alpha_bars[t])
            raise CheckFailed(
                f"with {s.asked} the noise that you add to x_0 has standard deviation "
                f"{size * right:.4f}, at t={t} equation A1 has {right:.4f}",
                noise_mistake(z[None]),
            )


def _left(edit: Edit, share: float) -> float:
    """The standard deviation of what the first x holds beside so much of x_0."""
    return float(np.std(edit.run.states[0] - share * edit.x_0))


def assert_fresh_noise(edit: Edit, replay: Replay) -> None:
    """The noise added to x_0 and that of each step are independent; false-fail rate 1e-6."""
    z, t = start_noise(edit), replay.timesteps[replay.noisy]
    refuse_wrong_steps(replay)
    fields = np.concatenate([z[None], scaled(replay.noise[replay.noisy])])
    assert_normal_noise(
        "what sdedit draws",
        fields,
        ["the noise added to x_0", *(f"the noise of the step at t={step}" for step in t)],
        lambda: seed_twice_mistake(fields[0], fields[1]) or noise_mistake(fields),
    )
