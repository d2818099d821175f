"""What the eps of an illusion is made of, measured on two runs that differ in the answers only.

x' = A_t x + B_t eps + noise, and eps is a sum of what the model answered: for x and for x turned,
with either condition and without, turned back or not, blurred or not. Least squares gives the
factor of each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..mistakes.illusions import Sum, Term
from ..mistakes.strided_steps import strided_guidance_mistake
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from .illusion_runs import IllusionRun, IllusionSetting
from .replay import MISFIT, Replay, fit
from .sampling_steps import ON_X

WEIGHT = 2e-3  # relative to the scale, where that is above 1

VARIANCE = (
    "The variance of turn(x) is used for x: take that of model.variance(x, t, t', cond_1), or turn "
    "the other one back."
)
Fields = Callable[[np.ndarray], Sequence[np.ndarray]]


@dataclass(frozen=True)
class Kind:
    """What is asked for: an anagram or a hybrid image.

    Attributes:
        right: the sum of equation `equation`, by the scale.
        sum: the claim of the check of this sum; `scale` that of the check of the scale.
        after: (N, H, W) -> what a sum may use of an answer: the answer itself, and others.
        inside: cuts the border off, (..., H, W).
        mistake: why eps is another sum, given factors, terms and scale.
        words: a term in words.
    """

    right: Callable[[float], Sum]
    equation: str
    sum: str
    scale: str
    after: Fields
    inside: Callable[[np.ndarray], np.ndarray]
    mistake: Callable[[np.ndarray, Sequence[Term], float], Mistake | None]
    words: Callable[[Term], str]


@dataclass(frozen=True)
class Illusion:
    """The measured steps.

    Attributes:
        terms: M of them; weights: (S, M), how often each is in eps.
        used: (S,) the scale with which `weights` are nearest to the right ones.
        off: (S,) how far they are from these.
        steps_off: whether a step is no step of equation A4, whatever its eps is.
        replay: the steps as those of any sampler.
        run: the first one.
        odd_because: why x' is no sum of x and of answers, where it is none.
    """

    kind: Kind
    scale: float
    terms: Sequence[Term]
    weights: np.ndarray
    used: np.ndarray
    off: np.ndarray
    steps_off: bool
    replay: Replay
    run: IllusionRun
    odd_because: Mistake | None = None

    @property
    def odd(self) -> np.ndarray:
        """(S,) whether x' is no sum of x and of answers."""
        return ~(self.replay.misfit <= MISFIT)

    @property
    def tolerance(self) -> float:
        return WEIGHT * max(1.0, abs(self.scale))

    @property
    def summed(self) -> bool:
        """Whether eps is the right sum at some scale."""
        return not self.odd.any() and bool((self.off <= self.tolerance).all())

    def steps(self) -> Replay:
        """The steps, for verdicts on them.

        Raises:
            Blocked: eps is unknown, and so they are.
        """
        if self.odd.any():
            why = "x' is no sum of x, of what the model answered, and of noise"
            raise Blocked(self.kind.sum, why)
        return self.replay


def measured(
    setting: IllusionSetting, kind: Kind, scale: float, runs: tuple[IllusionRun, IllusionRun]
) -> Illusion:
    """Compare two runs with one seed on one x, whose answers differ."""
    one, right = runs[0], kind.right(scale)
    asked = {key for run in runs for eps in run.eps for key in eps}
    after = range(len(kind.after(one.states[0])))
    terms = sorted({(*key, n) for key, n in product(asked, after)} | set(right))
    t = np.array(setting.timesteps[:-1])
    want_x, want_eps = (table[t] for table in setting.coefficients)
    factors, misfits, noise = [], [], []
    for step in range(len(t)):
        parts = [_fields(kind, run, step, terms) for run in runs]
        after_one, after_two = (kind.inside(run.states[step + 1]) for run in runs)
        found, misfit = fit([a - b for a, b in zip(*parts, strict=True)], after_one - after_two)
        rest = after_one - sum(f * part for f, part in zip(found, parts[0], strict=True))
        if not step:
            begun = parts[0][0]
            found[0] = float(np.vdot(begun, rest) / np.vdot(begun, begun))
            rest = rest - found[0] * begun
        factors.append(found)
        misfits.append(misfit)
        noise.append(rest)
    on_x, on_terms = np.array(factors)[:, 0], np.array(factors)[:, 1:]
    expect(
        np.abs(on_terms).max() > 1e-4,
        f"no step depends on what the model answers, expected {setting.next_x} from x and eps",
    )
    total = on_terms.sum(axis=1)
    replay = Replay(
        setting, t, on_x, total, 0 * total, np.array(misfits), np.array(noise),
        kind.inside(one.states[0]), one.rows,
    )  # fmt: skip
    allowed = ON_X + 6 * replay.first_error * (t == t[0])
    steps_off = bool((np.abs(on_x - want_x) > allowed).any())
    weights, eps_factor = on_terms / want_eps[:, None], want_eps
    if (np.abs(total) > 0.1 * np.abs(want_eps)).all():
        shares = on_terms / total[:, None]
        fits = (_distance(kind, shares, terms)[1] <= WEIGHT * max(1.0, abs(scale))).all()
        if fits and (steps_off or np.ptp(total / want_eps) > WEIGHT):
            weights, eps_factor = shares, total
    if steps_off:
        eps_factor = total
    replay = Replay(
        setting, t, on_x, eps_factor, 0 * total, replay.misfit, replay.noise, replay.start, one.rows
    )
    used, off = _distance(kind, weights, terms)
    return Illusion(kind, scale, terms, weights, used, off, steps_off, replay, one)


def _fields(kind: Kind, run: IllusionRun, step: int, terms: Sequence[Term]) -> list[np.ndarray]:
    """x of a step, and what each term is in it."""
    images = {key: kind.after(eps) for key, eps in run.eps[step].items()}
    nothing = np.zeros_like(run.states[step])
    fields = [run.states[step]]
    for turn, cond, after in terms:
        fields.append(images[turn, cond][after] if (turn, cond) in images else nothing)
    return [kind.inside(field) for field in fields]


def _distance(
    kind: Kind, weights: np.ndarray, terms: Sequence[Term]
) -> tuple[np.ndarray, np.ndarray]:
    """The scale (S,) at which the right sum is nearest, and how far it is (S,)."""
    at_0, at_1 = (np.array([kind.right(w).get(term, 0.0) for term in terms]) for w in (0.0, 1.0))
    slope = at_1 - at_0
    used = (weights - at_0) @ slope / (slope @ slope)
    off = np.abs(weights - at_0 - used[:, None] * slope).max(axis=1)
    return used, np.nan_to_num(off, nan=np.inf)


def assert_sum(found: Illusion) -> None:
    """eps is the sum of the equation; the scale may be another one.

    Raises:
        Blocked: the steps, or the scale, have to be right first.
    """
    kind, t = found.kind, found.replay.timesteps
    asked = f"with scale={found.scale:g}"
    mistake = kind.mistake(found.weights, found.terms, found.scale)
    if found.odd.any():
        raise CheckFailed(
            f"at t={t[found.odd][0]} {asked} your x' is no sum of x, of what the model answered "
            "and of noise",
            found.odd_because,
        )
    right = kind.right(found.scale)
    want = np.array([right.get(term, 0.0) for term in found.terms])
    if found.summed:
        if (np.abs(found.used - found.scale) > found.tolerance).any():
            raise Blocked(kind.scale, f"The scale is {found.used[0]:.4g}, not {found.scale:g}")
        return
    if found.steps_off and mistake is None:
        raise Blocked(found.replay.setting.mean, "The steps are wrong, so eps is not known")
    off = np.abs(found.weights - want)
    step, term = divmod(int(np.argmax(off)), off.shape[1])
    raise CheckFailed(
        f"at t={t[step]} {asked} your eps has {found.weights[step, term]:z.3f} times "
        f"{kind.words(found.terms[term])}, {kind.equation} gives {want[term]:z.3f}",
        mistake,
    )


def assert_illusion_scales(found: Sequence[Illusion]) -> None:
    """Both predictions are guided with the scale that was asked for.

    Raises:
        Blocked: eps is another sum.
    """
    for one in found:
        if not one.summed:
            raise Blocked(one.kind.sum, "eps is another sum of what the model answers")
    scales = np.array([one.scale for one in found])
    used = np.array([np.median(one.used) for one in found])
    for one in found:
        wrong = np.abs(one.used - one.scale) > one.tolerance
        if wrong.any():
            step = int(np.argmax(wrong))
            raise CheckFailed(
                f"with scale={one.scale:g} at t={one.replay.timesteps[step]} you follow eps_uncond "
                f"+ {one.used[step]:.4g} (eps_cond - eps_uncond), expected eps_uncond + "
                f"{one.scale:g} (eps_cond - eps_uncond)",
                strided_guidance_mistake(scales, used, one.run.rows[:, :5]),
            )


def assert_variance_in_place(replay: Replay, pattern: np.ndarray) -> None:
    """Where the variance of the model has a pattern (H, W), the noise has it, too, and no other.

    Pixels beside the middle row are compared with those on its other side; a pattern that is turned
    or blurred differs there by more than a fifth. The posterior variance or beta are right as well.
    False-fail rate 1e-7.
    """
    setting, middle = replay.setting, pattern.shape[0] // 2
    t, noise = replay.timesteps[replay.noisy], replay.noise[replay.noisy]
    sides = {"above": slice(middle - 2, middle), "below": slice(middle, middle + 2)}
    learned, *plain = setting.noise_scales.values()
    own = np.sqrt(pattern[[middle - 1, middle], 0])

    def spread(scale: np.ndarray, factors: np.ndarray) -> list[float]:
        """The mean squares of noise / (scale factor) on both sides; 1 where they are right."""
        z = noise / scale[t][:, None, None, None]
        return [
            float(np.mean(np.square(z[:, :, side] / factor)))
            for side, factor in zip(sides.values(), factors, strict=True)
        ]

    count = noise[:, :, :2].size
    ways = [spread(learned, own), *(spread(scale, np.ones(2)) for scale in plain)]
    if any(np.abs(np.array(way) - 1).max() <= 6 * np.sqrt(2 / count) for way in ways):
        return
    if np.abs(np.array(spread(learned, own[::-1])) - 1).max() <= 6 * np.sqrt(2 / count):
        mistake = Mistake("illusion: variance turned", VARIANCE)
    else:
        mistake = None
    have = [own[n] ** 2 * ways[0][n] for n in (0, 1)]
    raise CheckFailed(
        f"model.variance is {own[0] ** 2:g} times a number above the middle of x and "
        f"{own[1] ** 2:g} times it below; your noise has {have[0]:.2f} and {have[1]:.2f} times it",
        mistake,
    )
