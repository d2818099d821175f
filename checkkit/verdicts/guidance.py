"""Verdicts on guidance, of noise (eps) or of velocities (v), and on the classes in a sampler."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from ..mistakes.guidance import default_mistake, guidance_mistake, one_place_mistake
from ..mistakes.matching import MATCH
from ..runner import CheckFailed
from .replay import MISFIT, Replay

GUIDANCE = 2e-3
TOTAL = 0.02  # both factors together, relative to the right step


class Guided(Protocol):
    """A run of a guided sampler; `rows` (R, 5) are the calls of the net."""

    @property
    def rows(self) -> np.ndarray: ...


R = TypeVar("R", bound=Guided)


class Factors(NamedTuple):
    """The factors in S steps, measured with answers that are right for a scale w.

    Attributes:
        eps: what is guided, "eps" or "v".
        on_eps: (S,) of the rightly guided eps, which is all of them together.
        on_direction: (S,) of eps_cond - eps_uncond in addition: 0 if w is followed.
        right: (S,) what on_eps has to be.
    """

    eps: str
    on_eps: np.ndarray
    on_direction: np.ndarray
    right: np.ndarray

    def shares(self, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """The factors of eps_uncond and of eps_cond, each (S,)."""
        kept = self.on_direction + scale * self.on_eps
        return self.on_eps - kept, kept


def guided_formula(eps: str, scale: float) -> str:
    """Equation 11 at this scale, in words."""
    return f"{eps}_uncond + {scale:g} ({eps}_cond - {eps}_uncond)"


def assert_follows(factors: Factors, scale: float, steps: Sequence[str], masks: np.ndarray) -> None:
    """Each step follows eps_uncond + w (eps_cond - eps_uncond), w = `scale`.

    Args:
        steps: the S names of the steps.
        masks: those of the calls of the net.
    """
    eps, on_eps, on_direction, right = factors
    # Where the step is wrong too, on_eps may be anything but 0.
    size = np.maximum(np.abs(on_eps), np.abs(right))
    wrong = ~(np.abs(on_direction) <= GUIDANCE * max(1.0, abs(scale)) * size)
    wrong |= not np.any(np.abs(on_eps) > 1e-3 * np.abs(right))
    if not wrong.any():
        return
    i = int(np.argmax(wrong))
    formula = guided_formula(eps, scale)
    asked = f"with guidance_scale={scale:g} {steps[i]}"
    assert_kept_and_dropped(masks, asked, formula)
    if abs(on_eps[i] / right[i] - 1) <= TOTAL:
        actual = round(scale + on_direction[i] / on_eps[i], 4) + 0.0
        raise CheckFailed(
            f"{asked} you follow {eps}_uncond + {actual:.4g} ({eps}_cond - {eps}_uncond), expected "
            f"{formula}"
        )
    dropped, kept = (factor[i] for factor in factors.shares(scale))
    raise CheckFailed(
        f"{asked} the factor of {eps}_uncond is {dropped:z.4f} and that of {eps}_cond "
        f"{kept:z.4f}, expected {(1 - scale) * right[i]:z.4f} and {scale * right[i]:z.4f}, which "
        f"is {right[i]:.4f} times {formula}"
    )


def factors_of(replay: Replay) -> Factors:
    """What a sampler does with both predictions in each step."""
    right = replay.setting.coefficients[1][replay.timesteps]
    return Factors("eps", replay.on_eps, replay.on_direction, right)


def assert_guidance(replay: Replay, scale: float) -> None:
    """eps = eps_uncond + w (eps_cond - eps_uncond), w = `scale`, in every step."""
    odd = ~(replay.misfit <= MISFIT)
    if odd.any():
        t = replay.timesteps[np.flatnonzero(odd)[0]]
        raise CheckFailed(
            f"at t={t}, guidance_scale={scale:g}, your {replay.setting.next_x} is no sum of x_t, "
            f"the two predictions and noise"
        )
    steps = [f"at t={t}" for t in replay.timesteps]
    assert_follows(factors_of(replay), scale, steps, replay.rows[:, 4])


def assert_kept_and_dropped(masks: np.ndarray, asked: str, right: str) -> None:
    """The calls of the net, by their masks, kept the class in some and dropped it in others."""
    for without, lacks in ((masks != 0, "dropped (mask 0)"), (masks == 0, "kept (mask 1)")):
        if without.all():
            raise CheckFailed(
                f"{asked} the net was never called with the class {lacks}, expected {right}"
            )


def assert_guidance_scales(replays: Mapping[float, Replay]) -> None:
    """Guidance is right at each of several scales."""
    try:
        assert_each_scale(replays, assert_guidance, mean_shares)
    except CheckFailed as error:
        places = next(iter(replays.values())).setting.places
        if error.mistake is not None or places is None:
            raise
        runs = [(scale, places[:, r.timesteps], r.on_direction) for scale, r in replays.items()]
        fitting = all((r.misfit <= MISFIT).all() for r in replays.values())
        raise CheckFailed(str(error), one_place_mistake(runs) if fitting else None) from None


def assert_each_scale(
    runs: Mapping[float, R],
    verdict: Callable[[R, float], None],
    shares: Callable[[R, float], np.ndarray],
    eps: str = "eps",
) -> None:
    """The verdict holds for the run at each scale; else what all scales together show is named.

    Args:
        shares: of eps_uncond and of eps_cond in a run at a scale, (2,); see `mean_shares`.
    """
    for scale, run in runs.items():
        try:
            verdict(run, scale)
        except CheckFailed as error:
            measured = np.stack([shares(one, scale) for scale, one in runs.items()], axis=1)
            mistake = guidance_mistake(np.array([*runs]), measured, run.rows, eps)
            raise CheckFailed(str(error), mistake) from None


def assert_default_guidance_scale(replay: Replay, explicit: Callable[[], Replay]) -> None:
    """Without guidance_scale it is 5; `explicit` samples with guidance_scale=5."""
    assert_default_scale(replay, explicit, assert_guidance, mean_shares)


def assert_default_scale(
    run: R,
    explicit: Callable[[], R],
    verdict: Callable[[R, float], None],
    shares: Callable[[R, float], np.ndarray],
) -> None:
    """The verdict holds for a run without guidance_scale as at scale 5; see `assert_each_scale`."""
    try:
        verdict(run, 5.0)
    except CheckFailed as error:
        both = np.stack([shares(run, 5.0), shares(explicit(), 5.0)])
        with np.errstate(divide="ignore", invalid="ignore"):
            default, passed = both[:, 1] / both.sum(axis=1)
        known = np.isfinite(default) and abs(passed - 5) <= MATCH < abs(default - 5)
        raise CheckFailed(str(error), default_mistake(default) if known else None) from None


def mean_shares(replay: Replay, scale: float) -> np.ndarray:
    """Of eps_uncond and of eps_cond, (2,), relative to the right eps; see `same_shares`."""
    return same_shares(factors_of(replay), scale, bool(np.all(replay.misfit <= MISFIT)))


def same_shares(factors: Factors, scale: float, fits: bool) -> np.ndarray:
    """The shares of eps_uncond and of eps_cond in all steps, (2,); NaN if steps differ.

    Of wrong steps, in which both add up to something other than 0, they are relative to the sum.
    """
    total = factors.on_eps / factors.right
    known = np.ptp(total) <= MATCH * max(1.0, np.abs(total).max())
    unit = factors.right if known else factors.on_eps
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.stack(factors.shares(scale)) / unit
    allowed = MATCH * max(1.0, abs(scale))
    same = fits and np.isfinite(shares).all() and np.ptp(shares, axis=1).max() <= allowed
    return np.median(shares, axis=1) if same else np.full(2, np.nan)


def assert_classes(rows: np.ndarray, classes: np.ndarray) -> None:
    """With mask 1 the net gets the image's own class; masks are 0 or 1."""
    masks = rows[:, 4]
    if not np.isin(masks, (0, 1)).all():
        odd = masks[~np.isin(masks, (0, 1))][0]
        raise CheckFailed(f"the net received a mask of {odd:g}, expected 1 (keep) or 0 (drop)")
    own = classes[rows[:, 1].astype(int)]
    wrong = (masks == 1) & (rows[:, 3] != own)
    if wrong.any():
        image, actual = rows[wrong][0, 1], rows[wrong][0, 3]
        raise CheckFailed(
            f"image {image:g} has class {classes[int(image)]}, but the net received class "
            f"{actual:g} without mask 0; to drop a class pass mask 0, no class number stands for "
            "'none'"
        )
