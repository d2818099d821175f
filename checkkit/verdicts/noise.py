"""Is it noise? Verdicts on fields that have to be independent standard normal numbers."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .. import oracles
from ..mistakes.distributions import noise_mistake
from ..mistakes.matching import only_one
from ..mistakes.noise_scale import last_step_mistake, scale_mistake, silence_mistake
from ..runner import CheckFailed, Mistake
from .replay import MISFIT, Replay
from .settings import Setting
from .statistics import (
    ALARM,
    distribution_p,
    largest_correlation,
    mean_square_p,
    normal_p,
    products_p,
)

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

LAGS = {"left and right": (0, 1), "upper and lower": (1, 0), "diagonal": (1, 1)}


@np.errstate(all="ignore")
def noise_p(fields: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """p-values of (F, N, H, W) fields, each brought to mean square 1 first: nine of them.

    The null of each accounts for this scale, but for that of the distribution: a scale that was
    fitted lets the values look more normal than Kolmogorov's distance expects, so that its p is a
    bound.
    """
    fields = fields / np.sqrt(np.mean(np.square(fields), axis=(1, 2, 3), keepdims=True))
    count, num_images, height, width = fields.shape
    worst, (i, j), alike = largest_correlation(fields.reshape(count * num_images, -1))
    one, two = (f"image {k % num_images} of {names[k // num_images]}" for k in (i, j))
    found = {
        "the mean of all values is not 0": normal_p(float(fields.sum()) / fields.size**0.5),
        "the means of whole images vary too much or too little": mean_square_p(
            fields.mean(axis=(2, 3)) * (height * width) ** 0.5, 1 / (height * width)
        ),
        "the means of rows vary too much or too little": mean_square_p(
            fields.mean(axis=3) * width**0.5, 1 / width
        ),
        "the means of columns vary too much or too little": mean_square_p(
            fields.mean(axis=2) * height**0.5, 1 / height
        ),
        f"{one} and {two} have correlation {worst:.2f}": alike,
        "its values are not normally distributed": distribution_p(fields),
    }
    for name, (down, right) in LAGS.items():
        here = fields[:, :, : height - down, : width - right]
        found[f"{name} neighbours are correlated"] = products_p(here * fields[:, :, down:, right:])
    return found


@np.errstate(all="ignore")
def assert_normal_noise(
    what: str,
    fields: np.ndarray,
    names: Sequence[str],
    explained: Callable[[], Mistake | None] | None = None,
) -> None:
    """Independent standard normal numbers up to a scale of each field; false-fail rate 1e-6.

    Args:
        explained: what explains it if they are not; by default how the fields were drawn.

    Raises:
        CheckFailed: with the least likely fault.
    """
    flat = fields.reshape(len(fields), -1)
    silent = ~(np.std(flat, axis=1) > 1e-6)
    if silent.any():
        constant = names[int(np.argmax(silent))]
        raise CheckFailed(
            f"{what} is not independent normal noise: {constant} is one constant",
            explained() if explained else None,
        )
    found = noise_p(fields, names)
    fault = min(found, key=found.__getitem__)
    if not found[fault] >= ALARM:
        raise CheckFailed(
            f"{what} is not independent normal noise: {fault} (p = {found[fault]:.1g})",
            explained() if explained else noise_mistake(fields),
        )


@np.errstate(all="ignore")
def assert_noise_scale(found: Replay, again: Callable[[Setting], Replay] | None = None) -> None:
    """Each step's noise but the last has variance beta_t or the posterior one, always the same.

    Args:
        again: the same chain, with the same draws, in another setting: shows what the noise is
            multiplied with instead.
    """
    before_last = found.times > 1
    t, noise = found.times[before_last], found.noise[before_last]
    if not len(t):
        return
    choices = oracles.step_noise_scales(found.setting.tables)
    odds = deviation_p(noise, {name: deviation[t] for name, deviation in choices.items()})
    best = max(odds, key=lambda name: min(odds[name]))
    # Two choices for each of the steps and for all together: the alarm is shared among them.
    alarm = ALARM / (2 * len(odds[best]))
    if min(odds[best]) >= alarm:
        return
    mistake = silence_mistake(found.times, found.noise) if found.whole else None
    if mistake is None and again is not None and found.whole:
        mistake = _scale_mistake(found, again)
    step = int(np.argmin(odds[best]))
    if step == len(t):
        scale = np.sqrt(np.mean(np.square(noise / choices[best][t][:, None, None, None])))
        raise CheckFailed(
            f"taken together, the noise of all steps has {scale:.3f} times the standard deviation "
            f"{best}; the choice between {' and '.join(choices)} has to be the same in every step",
            mistake,
        )
    measured = float(np.sqrt(np.mean(np.square(noise[step]))))
    both = ", ".join(f"{name} = {deviation[t[step]]:.4f}" for name, deviation in choices.items())
    mixed = all(max(pair) >= alarm for pair in zip(*odds.values(), strict=True))
    why = "; the choice has to be the same in every step" if mixed else ""
    raise CheckFailed(
        f"at t={t[step]} (T={found.setting.num_ts}) the noise that you add has standard deviation "
        f"{measured:.4f}, expected {both}{why}",
        mistake,
    )


def _scale_mistake(found: Replay, again: Callable[[Setting], Replay]) -> Mistake | None:
    here = found.setting
    there = Setting(1.6 * here.beta_1, 0.7 * here.beta_T, here.num_ts)
    try:
        other = again(there)
    except CheckFailed:
        return None
    before_last = found.times > 1
    if len(other.noise) != len(found.noise):
        return None
    return scale_mistake(
        found.times[before_last],
        (here.tables, found.noise[before_last]),
        (there.tables, other.noise[before_last]),
    )


def deviation_p(noise: np.ndarray, choices: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """For each choice of the (S,) deviations, p of each step's noise and of all steps together.

    No single step of a short chain tells the two choices apart where they are close; together the
    steps show that somebody changed from one to the other.
    """
    found = {}
    for name, deviation in choices.items():
        fields = noise / deviation[:, None, None, None]
        found[name] = [*map(mean_square_p, fields), mean_square_p(fields)]
    return found


@np.errstate(all="ignore")
def assert_no_noise_in_last_step(found: Replay) -> None:
    """No noise at t = 1."""
    if found.times[-1] != 1:
        raise CheckFailed(f"the last step was t={found.times[-1]}, expected t=1")
    left = float(np.sqrt(np.mean(np.square(found.noise[-1]))))
    if not left <= 1e-3:
        odd = (found.misfit > MISFIT).any() or not found.whole
        sigma = found.setting.tables.betas[1] ** 0.5
        raise CheckFailed(
            f"the last step (t=1) adds noise of standard deviation {left:.4f} "
            f"(sqrt(beta_1) is {sigma:.4f}); it adds none",
            last_step_mistake(found.noise[-1], sigma**2) if not odd else None,
        )


def assert_fresh_step_noise(*chains: Replay) -> None:
    """x_T and each step's noise but the last are fresh normal numbers; false-fail rate 1e-6.

    Of several chains, from different seeds, none shares what it draws with another.
    """
    fields, names, first = [], [], chains[0]
    for number, found in enumerate(chains, start=1):
        before_last = found.times > 1
        fields += [found.start[None], found.noise[before_last]]
        chain = f" in chain {number}" if len(chains) > 1 else ""
        names += [f"x_T{chain}", *(f"the noise at t={t}{chain}" for t in found.times[before_last])]
    assert_normal_noise(
        "what the sampler draws",
        np.concatenate(fields),
        names,
        lambda: noise_mistake(first.start[None]) or _step_noise_mistake(first),
    )


@np.errstate(all="ignore")
def _step_noise_mistake(found: Replay) -> Mistake | None:
    """At t = T what repeats x_T would not show; for the others both scales are tried."""
    between = (found.times > 1) & (found.times < found.setting.num_ts)
    if not between.any() or (found.misfit > MISFIT).any() or not found.whole:
        return None
    if silent := silence_mistake(found.times, found.noise):
        return silent
    noise, t = found.noise[between], found.times[between]
    deviations = oracles.step_noise_scales(found.setting.tables).values()
    stories = {noise_mistake(noise / scale[t][:, None, None, None]) for scale in deviations}
    stories -= {None}
    return only_one(stories)


@np.errstate(all="ignore")
def assert_start_noise(states: np.ndarray) -> None:
    """x_T, the first of the (S, N, 1, H, W) states, is standard normal; false-fail rate 1e-6."""
    start = states[0].astype(np.float64).swapaxes(0, 1)
    scale = float(np.sqrt(np.mean(np.square(start))))
    if not mean_square_p(start) >= ALARM:
        raise CheckFailed(f"x_T has root mean square {scale:.3f}, expected 1", noise_mistake(start))
    assert_normal_noise("x_T", start, ["x_T"])
