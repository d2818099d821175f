"""The way of a sampler of flow matching from noise to data, measured call by call.

Each x that the net gets is x_0 plus velocities that the net answered before, times something. A
method with one call a step, as Euler's, and one with several, as Heun's, are judged alike: in step
k the velocities add up to 1 / T of one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..mistakes.flow import NOISE_ADDED, clipping_mistake, flow_loop_mistake, step_mistake
from ..runner import Array, CheckFailed, Integer, expect
from ..runner.outcomes import Blocked
from .caches import assert_cache_shape
from .replay import MISFIT, assert_followed
from .sampling_steps import NOT_FINITE, assert_no_overflow

LOOP = "Step k of 0, ..., T - 1 begins at t = k / T, and the net gets this t."
STEP = "Each step adds 1 / T times the velocity that the net answers, and nothing else."
MOST_CALLS = 4  # in a step: the method of Runge and Kutta
WINDOW = 6  # calls before an x whose velocities it may differ by from the x of the call before
ENOUGH = 7  # steps after which x holds next to no noise
SIZE = 2e-3  # of a step, relative
TIME = 1e-4
ALIKE = 0.9  # the fit takes a little of the noise away, in each run another part


def velocity_images(
    rng: np.random.Generator, num_ts: int, count: int, img_hw: tuple[int, int]
) -> np.ndarray:
    """Images that the spy's velocities lead to, (calls, count, 1, H, W) in [0.3, 0.7].

    Wherever the sampler clips its result to [0, 1] or [-1, 1], nothing of it is cut.
    """
    calls = MOST_CALLS * num_ts + 2
    return rng.uniform(0.3, 0.7, size=(calls, count, 1, *img_hw)).astype(np.float32)


def flow_returns(num_images: int, img_hw: tuple[int, int]) -> dict:
    """The evidence of a run of the sampler."""
    images = (num_images, 1, *img_hw)
    return {
        "x_1": Array(images, finite=False),
        "caches": Array((None, None, 1, *img_hw), finite=False),
        "states": Array((None, *images), finite=False),
        "rows": Array((None, 5), "float64", finite=False),
        "calls_in_train_mode": Integer(),
        "tracked_calls": Integer(),
        "calls_in_double": Integer(),
    }


@dataclass(frozen=True)
class FlowPath:
    """One run of a sampler of T steps, with S calls of the net.

    Attributes:
        num_ts: T.
        told: (S,) the t that the net got.
        on_start: (S,) change of the factor of x_0 from one x to the next one.
        weights: (S, S) [i, j]: change of the factor of velocity j from x i to x i + 1.
        guided: (S, S) the same for the directions.
        rest: (S, N, H, W) what is left of each change.
        ends: the least and the largest pixel of x after the first call of several, each NaN unless
            several pixels have it.
        misfit: (S,) the share of the change that is left.
        rows: (R, 5), what the net received for each image: call, image, t, class, mask.
    """

    num_ts: int
    told: np.ndarray
    on_start: np.ndarray
    weights: np.ndarray
    guided: np.ndarray
    rest: np.ndarray
    ends: tuple[float, float]
    misfit: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(
        cls,
        num_ts: int,
        evidence: Mapping[str, Any],
        images: np.ndarray,
        directions: np.ndarray | None = None,
    ) -> "FlowPath":
        """Measure a run by its evidence; images and directions (C, N, 1, H, W) are the spy's.

        Raises:
            CheckFailed: the net was never called, or the images are not finite.
            Blocked: nobody knows which x comes from which.
        """
        assert_followed(LOOP, evidence)
        states = np.concatenate([evidence["states"], evidence["x_1"][None]])
        states = states[:, :, 0].astype(np.float64)
        expect(len(states) >= 2, "the sampler never called the net")
        calls = len(states) - 1
        for call, state in enumerate(states):
            if not np.isfinite(state).all():
                where = f"after {call} calls of the net"
                assert_no_overflow(states[: max(call, 1)], where)
                raise CheckFailed(f"the images are NaN or infinite {where}", NOT_FINITE)
        if calls > len(images):
            why = f"With T={num_ts} the net is called {calls} times"
            raise Blocked(LOOP, why)
        rows = evidence["rows"]
        told = rows[np.unique(rows[:, 0].astype(int), return_index=True)[1], 2]
        answers = [
            (images[i, :, 0].astype(np.float64) - states[i])
            / (1 - min(max(round(told[i], 6), 0.0), 1 - 1 / num_ts))
            for i in range(calls)
        ]
        changes: dict[str, np.ndarray] = {
            name: np.zeros((calls, calls)) for name in ("velocity", "direction")
        }
        on_start, rest, misfit = np.zeros(calls), np.zeros_like(states[1:]), np.zeros(calls)
        for i in range(calls):
            recent = range(max(0, i + 1 - WINDOW), i + 1)
            columns = [states[0], *(answers[j] for j in recent)]
            if directions is not None:
                columns += [directions[j, :, 0].astype(np.float64) for j in recent]
            matrix = np.stack([column.ravel() for column in columns], axis=1)
            lengths = np.linalg.norm(matrix, axis=0)
            change = (states[i + 1] - states[i]).ravel()
            factors = np.linalg.lstsq(matrix / lengths, change, rcond=1e-9)[0] / lengths
            on_start[i] = factors[0]
            changes["velocity"][i, recent] = factors[1 : len(recent) + 1]
            if directions is not None:
                changes["direction"][i, recent] = factors[len(recent) + 1 :]
            left = change - matrix @ factors
            rest[i] = left.reshape(states[0].shape)
            misfit[i] = np.linalg.norm(left) / max(np.linalg.norm(change), 1e-12)
        return cls(
            num_ts,
            told,
            on_start,
            changes["velocity"],
            changes["direction"],
            rest,
            _ends(states[1]) if calls > 1 else (np.nan, np.nan),
            misfit,
            rows,
        )

    @cached_property
    def calls_per_step(self) -> int:
        """How many calls a step has: 1 unless calls and times are those of another method.

        The last step may have fewer, as in Heun's method where it ends by Euler's.
        """
        return calls_per_step(len(self.told), self.num_ts, self.told)

    @cached_property
    def step_of(self) -> np.ndarray:
        """(S,) the step to which each call belongs."""
        return np.arange(len(self.told)) // self.calls_per_step

    @cached_property
    def steps(self) -> np.ndarray:
        """For each step, the sum of all factors of its velocities in the end."""
        return np.bincount(self.step_of, self.weights.sum(axis=0))

    @property
    def at_once(self) -> np.ndarray:
        """`steps` with one call each: the factor of a velocity in its own step, if no later step
        changes it by more than the error of the fit, which is smaller there.
        """
        own = np.diag(self.weights)
        return own if np.all(np.abs(self.steps - own) <= 0.01 * np.abs(own)) else self.steps

    @property
    def clipped_at_will(self) -> bool:
        """Whether the result may hold noise, and clipping it may cut something off.

        With several calls a step and few steps: their last velocity cannot know all of x_0.
        """
        return self.calls_per_step > 1 and self.num_ts < ENOUGH


def _ends(x: np.ndarray) -> tuple[float, float]:
    """The least and the largest pixel, each NaN unless three pixels have it."""
    low, high = (float(end) if np.sum(x == end) >= 3 else np.nan for end in (x.min(), x.max()))
    return low, high


def calls_per_step(calls: int, num_ts: int, told: np.ndarray) -> int:
    """How many calls a step of T steps has, by their number and by the (S,) times told."""
    T, fitting = num_ts, []
    for several in range(2, MOST_CALLS + 1):
        if (T - 1) * several < calls <= T * several:
            first = np.abs(told[::several] - np.arange(T) / T).max() <= TIME
            fitting.append((not first, several))
    if not fitting or (calls <= T + 1 and min(fitting)[0]):
        return 1
    return min(fitting)[1]


def assert_flow_times(path: FlowPath, num_images: int) -> None:
    """Each step begins at k / T, and the net gets this t for each image."""
    T, several, told = path.num_ts, path.calls_per_step, path.told
    backwards = several == 1 and np.abs(path.weights.sum(axis=0) * T + 1).max() <= SIZE
    if several == 1:
        mistake = flow_loop_mistake(told, T, backwards)
        if len(told) != T:
            raise CheckFailed(
                f"with T={T} the net received {len(told)} different x, expected {T}, one in each "
                "step (or a fixed number of them, as in Heun's method)",
                mistake,
            )
    else:
        mistake = None
    for call, (step, t) in enumerate(zip(path.step_of, told, strict=True)):
        first = call % several == 0
        low, high = step / T, (step if first else step + 1) / T
        here = path.rows[path.rows[:, 0] == call]
        odd = ~((here[:, 2] >= low - TIME) & (here[:, 2] <= high + TIME))
        if odd.any():
            where = f"{low:.6g}" if first else f"a number from {low:.6g} to {high:.6g}"
            raise CheckFailed(
                f"in step k={step} with T={T} the net received t={here[odd][0, 2]:.6g}, expected "
                f"{'k/T = ' * first}{where}",
                mistake,
            )
        missing = set(range(num_images)) - set(here[:, 1].astype(int).tolist())
        if missing:
            raise CheckFailed(f"at t={t:.4g} the net never received image {min(missing)}")


def assert_flow_steps(path: FlowPath, again: Callable[[], FlowPath] | None = None) -> None:
    """Each step adds 1 / T of the velocity, and nothing else.

    Args:
        again: makes another run with the same seeds and other images: it draws the same noise.
    """
    if path.clipped_at_will:
        return
    T = path.num_ts
    forgets = np.abs(path.on_start) > SIZE
    # The result may be clipped, x on the way may not.
    if (forgets | (path.misfit > MISFIT)).any() and (mistake := clipping_mistake(*path.ends)):
        raise CheckFailed(
            f"after the first call of the net (T={T}) several pixels of your x have exactly the "
            "same value, the least or the largest one; x is partly noise there, without limits",
            mistake,
        )
    odd = (path.misfit > MISFIT) & ~forgets
    if odd.any():
        call = int(np.argmax(path.misfit * odd))
        raise CheckFailed(
            f"the x after call {call + 1} of the net (T={T}) is no sum of the noise x_0 and of "
            f"velocities that the net answered: {100 * path.misfit[call]:.2g} % of its change is "
            "something else",
            NOISE_ADDED if again is not None and _is_noise(path, again) else None,
        )
    if forgets.any():
        call = int(np.argmax(forgets))
        raise CheckFailed(
            f"after call {call + 1} of the net (T={T}) your x has "
            f"{1 + path.on_start[: call + 1].sum():z.3f} times the noise x_0 in it, expected once: "
            "add to x, and keep it"
        )
    if path.calls_per_step > 1:
        _assert_stages(path)
    off = np.abs(path.steps * T - 1)
    if not np.all(off <= SIZE):
        step = int(np.argmax(off))
        mistake = step_mistake(path.at_once, T, path.told) if path.calls_per_step == 1 else None
        differ = int(np.sum(~(off <= SIZE)))
        total = f"; {differ} of {len(off)} steps differ" if differ > 1 else ""
        raise CheckFailed(
            f"step k={step} with T={T} adds {path.steps[step]:z.5f} times the velocity, equation "
            f"18 adds 1/T = {1 / T:.5f}{total}",
            mistake,
        )


def _assert_stages(path: FlowPath) -> None:
    """Within a step, x at the told time t is x_{k/T} plus velocities of t - k/T in all."""
    gone = np.concatenate([[0.0], np.cumsum(path.weights, axis=0).sum(axis=1)[:-1]])
    for call, step in enumerate(path.step_of):
        if not abs(gone[call] - path.told[call]) <= SIZE * (step + 1) / path.num_ts:
            raise CheckFailed(
                f"in step k={step} with T={path.num_ts} the net is asked at "
                f"t={path.told[call]:.5g} for an x to which {gone[call]:z.5f} velocities were added"
            )


def _is_noise(path: FlowPath, again: Callable[[], FlowPath]) -> bool:
    """Whether what is left is of one size in all steps, and nearly the same in another run.

    Clipping leaves much in the first steps and little in later ones.
    """
    sizes = np.sqrt(np.mean(path.rest**2, axis=(1, 2, 3)))
    if not sizes.max() <= 1.5 * sizes.min():
        return False
    try:
        other = again()
    except AssertionError:  # CheckFailed, or Blocked
        return False
    one, two = path.rest.ravel(), other.rest.ravel()
    return one.shape == two.shape and bool(np.corrcoef(one, two)[0, 1] >= ALIKE)


def assert_flow_caches(num_ts: int, evidence: Mapping[str, Any]) -> None:
    """The caches are x after each step, or before each step, T of them."""
    assert_cache_shape({**evidence, "x_0": evidence["x_1"]})
    assert_followed(LOOP, evidence)
    calls, rows = len(evidence["states"]), evidence["rows"]
    told = rows[np.unique(rows[:, 0].astype(int), return_index=True)[1], 2]
    several = calls_per_step(calls, num_ts, told)
    if not (num_ts - 1) * several < calls <= num_ts * several:
        raise Blocked(LOOP, f"With T={num_ts} the net is called {calls} times")
    begin = evidence["states"][::several]
    states = np.concatenate([begin, evidence["x_1"][None]]).astype(np.float64)
    caches = evidence["caches"].astype(np.float64).swapaxes(0, 1)
    expect(
        len(caches) == num_ts,
        f"caches hold {len(caches)} images of each sample, expected {num_ts}, one after each step",
    )
    forms = states[1:], states[:-1]
    gaps = [np.abs(caches - form).reshape(len(caches), -1).max(axis=1) for form in forms]
    best = min(gaps, key=lambda gap: gap.max())
    if not best.max() <= 1e-5:
        number = int(np.argmax(best > 1e-5))
        alike = len(caches) > 1 and np.ptp(caches, axis=0).max() == 0
        raise CheckFailed(
            f"image {number} of the caches is not x after step k={number} of the run that returned "
            f"it, T={num_ts}" + ("; all kept images are the same" if alike else "")
        )
