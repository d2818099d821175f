"""Verdicts on noise: arrays that have to hold independent standard normal numbers."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..mistakes.distributions import noise_mistake, seed_mistake, start_again_mistake
from ..mistakes.matching import only_one
from ..mistakes.noise_scale import (
    CONSTANT,
    constant_mistake,
    last_step_mistake,
    scale_mistake,
    silence_mistake,
)
from ..runner import CheckFailed, Mistake
from ..runner.outcomes import Blocked
from .replay import MISFIT, Replay, assert_followed
from .sampling_steps import mean_errors
from .settings import Setting
from .statistics import (
    ALARM,
    distribution_p,
    largest_correlation,
    mean_square_p,
    normal_p,
    products_p,
)

LAGS = {"left and right": (0, 1), "upper and lower": (1, 0), "diagonal": (1, 1)}


def noise_p(fields: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Nine p-values of (F, N, H, W) fields, each scaled to mean square 1 first.

    All null distributions allow for this scaling but that of the values' distribution: scaled
    values look more normal than Kolmogorov's distance expects, so that this p is an upper bound.
    """
    fields = fields / np.sqrt(np.mean(np.square(fields), axis=(1, 2, 3), keepdims=True))
    count, num_images, height, width = fields.shape
    worst, (i, j), alike = largest_correlation(fields.reshape(count * num_images, -1))
    one, two = (f"image {k % num_images} of {names[k // num_images]}" for k in (i, j))
    p = {
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
        p[f"{name} neighbours are correlated"] = products_p(here * fields[:, :, down:, right:])
    return p


def assert_normal_noise(
    what: str,
    fields: np.ndarray,
    names: Sequence[str],
    find_mistake: Callable[[], Mistake | None] | None = None,
) -> None:
    """Independent standard normal numbers up to a scale of each field; false-fail rate 1e-6.

    Args:
        find_mistake: names the mistake if they are not; by default from the fields alone.

    Raises:
        CheckFailed: with the least likely fault.
    """
    silent = ~(np.std(fields.reshape(len(fields), -1), axis=1) > 1e-6)
    if silent.any():
        constant = names[int(np.argmax(silent))]
        raise CheckFailed(
            f"{what} is not independent normal noise: {constant} is one constant",
            find_mistake() if find_mistake else None,
        )
    p = noise_p(fields, names)
    fault = min(p, key=p.__getitem__)
    if not p[fault] >= ALARM:
        raise CheckFailed(
            f"{what} is not independent normal noise: {fault} (p = {p[fault]:.1g})",
            find_mistake() if find_mistake else noise_mistake(fields),
        )


def assert_noise_scale(replay: Replay, again: Callable[[Any], Replay] | None = None) -> None:
    """The noise of each step but the last has one of the right deviations, always the same one.

    Args:
        again: samples once more with the same seeds in another setting; the ratio of the noise in
            both settings shows what it is multiplied by.
    """
    t, noise = replay.timesteps[replay.noisy], replay.noise[replay.noisy]
    if not len(t):
        return
    choices = replay.setting.noise_scales
    odds = deviation_p(noise, {name: deviation[t] for name, deviation in choices.items()})
    best = max(odds, key=lambda name: min(odds[name]))
    # Two choices for each step and for all steps together: they share the alarm.
    alarm = ALARM / (2 * len(odds[best]))
    if min(odds[best]) >= alarm:
        return
    mistake = _silence_mistake(replay)
    if mistake is None and again is not None and replay.whole:
        mistake = _scale_mistake(replay, again)
    if mistake is None and replay.whole:
        mistake = constant_mistake(noise, {name: scale[t] for name, scale in choices.items()})
    mistake = mistake or _step_noise_mistake(replay)
    step = int(np.argmin(odds[best]))
    if step == len(t):
        z = noise / choices[best][t][:, None, None, None]
        if abs(z.mean()) > 6 / z.size**0.5:
            raise CheckFailed(
                f"taken together and divided by {best}, the noise of all steps has mean "
                f"{z.mean():.3f} and standard deviation {z.std():.3f}, expected 0 and 1",
                mistake,
            )
        scale, why = np.sqrt(np.mean(np.square(z))), ""
        if len(choices) > 1:
            why = "; the choice has to be the same in every step"
        raise CheckFailed(
            f"taken together, the noise of all steps has a standard deviation of {scale:.3f} times "
            f"{best}, expected {_either(list(choices))}{why}",
            mistake,
        )
    wanted = _either([f"{name} = {each[t[step]]:.4f}" for name, each in choices.items()])
    mixed = len(choices) > 1 and all(
        max(pair) >= alarm for pair in zip(*odds.values(), strict=True)
    )
    why = "; the choice has to be the same in every step" if mixed else ""
    raise CheckFailed(
        f"at t={t[step]} ({replay.setting.asked}) {described(noise[step])}, expected a "
        f"standard deviation of {wanted}{why}",
        mistake,
    )


def _either(names: Sequence[str]) -> str:
    """Names with "or" before the last one."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def described(noise: np.ndarray) -> str:
    """What a step adds beside its mean, (N, H, W), in words."""
    mean, deviation = float(noise.mean()), float(noise.std())
    if deviation <= 1e-3 < abs(mean):
        return f"you add the number {mean:.4f} to every pixel"
    if abs(mean) > 6 * deviation / noise.size**0.5:
        return f"what you add as noise has mean {mean:.4f} and standard deviation {deviation:.4f}"
    size = float(np.sqrt(np.mean(np.square(noise))))
    return f"the noise that you add has standard deviation {size:.4f}"


def _scale_mistake(replay: Replay, again: Callable[[Any], Replay]) -> Mistake | None:
    here = replay.setting
    there = dataclasses.replace(here, beta_1=1.6 * here.beta_1, beta_T=0.7 * here.beta_T)
    try:
        other = again(there)
    except AssertionError:  # CheckFailed, or Blocked
        return None
    if len(other.noise) != len(replay.noise):
        return None
    t = replay.timesteps[replay.noisy]
    return scale_mistake(
        (here.noises(t), replay.noise[replay.noisy]),
        (there.noises(t), other.noise[replay.noisy]),
    )


def _silence_mistake(replay: Replay) -> Mistake | None:
    """Why steps add no noise, where none is left out."""
    whole = replay.whole and replay.timesteps[-1] == replay.setting.timesteps[-2]
    return silence_mistake(replay.timesteps, replay.noise) if whole else None


def deviation_p(noise: np.ndarray, choices: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """For each choice of the (S,) deviations: p of each step's noise, then p of all together.

    In a short chain, one step alone may fit both choices. All steps together show a change from one
    choice to the other; noise that is used again counts once.
    """
    new, new_in_step = fresh(noise.reshape(-1, *noise.shape[2:])), list(map(fresh, noise))
    p = {}
    for name, choice in choices.items():
        z = noise / choice[:, None, None, None]
        each = [mean_square_p(field[own]) for field, own in zip(z, new_in_step, strict=True)]
        p[name] = [*each, mean_square_p(z.reshape(-1, *z.shape[2:])[new])]
    return p


def fresh(images: np.ndarray) -> np.ndarray:
    """(N,) whether an image of (N, H, W) is no multiple of an earlier one."""
    flat = images.reshape(len(images), -1)
    unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-300)
    return ~(np.tril(np.abs(unit @ unit.T), -1) > 0.99).any(axis=1)


def assert_no_noise_in_last_step(replay: Replay) -> None:
    """No noise in the step to x_0."""
    last = replay.timesteps[-1]
    if last != replay.setting.timesteps[-2]:
        raise Blocked(replay.setting.loop, f"The last step is that of t={last}")
    left = float(np.sqrt(np.mean(np.square(replay.noise[-1]))))
    if not left <= 1e-3:
        variance = 1 - float(replay.setting.tables.alpha_bars[last])  # beta_1 at t = 1
        if np.ptp(replay.noise[-1]) <= 1e-3:
            raise CheckFailed(
                f"in the last step (t={last}) {described(replay.noise[-1])}, expected nothing",
                CONSTANT,
            )
        # With a wrong mean, it may be the noise of a step that ends elsewhere.
        odd = (mean_errors(replay)[:, -1] > 1).any() or not replay.whole
        raise CheckFailed(
            f"the last step (t={last}) adds noise of standard deviation {left:.4f} "
            f"(sqrt(1 - alpha_bar_{last}) is {variance**0.5:.4f}), expected no noise",
            last_step_mistake(replay.noise[-1], variance) if not odd else None,
        )


def assert_fresh_step_noise(*chains: Replay) -> None:
    """x_T and the noise of each step but the last are fresh normal numbers; false-fail rate 1e-6.

    Several chains, from different seeds, share no random numbers.

    Raises:
        Blocked: they look related where the mean of a step is wrong.
    """
    fields, names, first = [], [], chains[0]
    for number, replay in enumerate(chains, start=1):
        fields += [replay.start[None], replay.noise[replay.noisy]]
        chain = f" in chain {number}" if len(chains) > 1 else ""
        steps = replay.timesteps[replay.noisy]
        names += [f"x_T{chain}", *(f"the noise at t={t}{chain}" for t in steps)]
    try:
        assert_normal_noise(
            "what the sampler draws",
            np.concatenate(fields),
            names,
            lambda: (
                seed_mistake(np.stack([chain.start for chain in chains]))
                or noise_mistake(first.start[None])
                or start_again_mistake(first.start, first.noise[0])
                or _step_noise_mistake(first)
            ),
        )
    except CheckFailed:
        # The noise of the first step may equal x_T, which is measured as part of its mean.
        if any((mean_errors(chain)[:, 1:] > 1).any() for chain in chains):
            why = "The mean of a step is wrong, so that its noise cannot be told from the rest"
            raise Blocked(first.setting.mean, why) from None
        raise


def _step_noise_mistake(replay: Replay) -> Mistake | None:
    """What is wrong with the noise after the first step, where noise equal to x_T is not seen."""
    between = replay.noisy & (replay.timesteps < replay.setting.timesteps[0])
    if not between.any() or (replay.misfit > MISFIT).any() or not replay.whole:
        return None
    if silent := _silence_mistake(replay):
        return silent
    noise, t = replay.noise[between], replay.timesteps[between]
    deviations = replay.setting.noise_scales.values()
    mistakes = {noise_mistake(noise / scale[t][:, None, None, None]) for scale in deviations}
    return only_one(mistakes - {None})


def assert_start_noise(setting: Setting, evidence: Mapping[str, Any]) -> None:
    """x_T of a sampler's run is standard normal; false-fail rate 1e-6."""
    assert_followed(setting.loop, evidence)
    assert_standard_normal("x_T", evidence["states"][0])


def assert_standard_normal(name: str, images: np.ndarray) -> None:
    """The pixels of (N, 1, H, W) are N(0, 1), independent of each other; false-fail rate 1e-6."""
    field = images.astype(np.float64).swapaxes(0, 1)
    scale = float(np.sqrt(np.mean(np.square(field))))
    if not mean_square_p(field[:, fresh(field[0])]) >= ALARM:
        raise CheckFailed(
            f"{name} has root mean square {scale:.3f}, expected 1", noise_mistake(field)
        )
    assert_normal_noise(name, field, [name])
