"""The steps of EDM's sampler, replayed from what the net was given, and verdicts on them.

The spy answers so that D is a chosen image in each call. Nothing is random after the start, so that
least squares gives the factors of x and of the estimates D in each half of a step up to rounding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import oracles
from ..mistakes.distributions import noise_mistake, seed_mistake
from ..mistakes.edm_steps import (
    euler_factors,
    euler_mistake,
    heun_factors,
    heun_mistake,
    told_mistake,
    told_sequence,
)
from ..mistakes.matching import only_one
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from .noise import assert_normal_noise, fresh
from .sampling_steps import NOT_FINITE, assert_no_overflow
from .statistics import ALARM, mean_square_p

CALLS = "The net is called twice in each step, but once in the step to 0, and told c_noise."
TOLD = 1e-4
MISFIT = 1e-3
FACTOR = 2e-3


@dataclass(frozen=True)
class EdmSetting:
    """Noise levels, n + 1 with the 0 at the end, and sigma_data."""

    levels: np.ndarray
    sigma_data: float

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        n: int,
        sigma_data: float,
        first: tuple[float, float] = (8.0, 14.0),
    ) -> "EdmSetting":
        """Levels of any spacing, from one in the range `first` to about 0.05."""
        ends = np.log(rng.uniform(*first)), np.log(rng.uniform(0.03, 0.06))
        gaps = np.r_[0, np.cumsum(rng.uniform(1, 3, size=n - 1))]
        logs = ends[0] + gaps / max(gaps[-1], 1) * (ends[1] - ends[0])
        return cls(np.r_[np.exp(logs), 0].astype(np.float32).astype(np.float64), sigma_data)

    @property
    def steps(self) -> int:
        """n."""
        return len(self.levels) - 1

    @property
    def of_calls(self) -> np.ndarray:
        """The level of each of the 2n - 1 calls."""
        return np.exp(4 * told_sequence(self.levels))

    @property
    def asked(self) -> str:
        """What the sampler was asked for, in words."""
        shown = [f"{level:.3g}" for level in self.levels]
        if len(shown) > 7:
            shown[4:-2] = ["..."]
        return f"sigmas=[{', '.join(shown)}]"


def edm_images(
    rng: np.random.Generator, setting: EdmSetting, count: int, img_hw: tuple[int, int]
) -> np.ndarray:
    """The estimates D of all calls, (2n - 1, count, 1, H, W) float32 in [0.1, 0.9]."""
    size = (2 * setting.steps - 1, count, 1, *img_hw)
    return rng.uniform(0.1, 0.9, size=size).astype(np.float32)


def assert_calls(setting: EdmSetting, evidence: Mapping[str, Any], *_: Any) -> None:
    """The net is called 2n - 1 times, and told c_noise of the level of what it gets."""
    told, want = evidence["told"], told_sequence(setting.levels)
    first = told[:, 0]
    same = bool(np.all(told == told[:, :1]))
    mistake = told_mistake(first, setting.levels) if same else None
    if len(told) != len(want):
        raise CheckFailed(
            f"with {setting.asked} the net was called {len(told)} times, expected "
            f"2n - 1 = {len(want)} for n = {setting.steps} steps",
            mistake,
        )
    for call, expected in enumerate(want):
        off = ~(np.abs(told[call] - expected) <= TOLD)
        if off.any():
            raise CheckFailed(
                f"in call {call + 1} with {setting.asked} the net was told "
                f"{told[call][off][0]:.5g}, expected c_noise = "
                f"ln({setting.of_calls[call]:.4g}) / 4 = {expected:.5g}",
                mistake,
            )


def assert_finite_samples(setting: EdmSetting, evidence: Mapping[str, Any]) -> None:
    """The samples are numbers; a slope at sigma = 0 divides by 0."""
    chain = np.concatenate([evidence["inputs"], evidence["x_0"][None]])
    finite = np.isfinite(chain).all(axis=(1, 2, 3, 4))
    if not finite.all():
        calls = int(np.argmin(finite))
        where = f"after {calls} calls of the net with {setting.asked}"
        last = evidence["told"][:, 0] if len(evidence["told"]) else np.zeros(0)
        mistake = told_mistake(last, setting.levels)
        if mistake is None and calls:
            assert_no_overflow(chain[:calls], where)
        raise CheckFailed(f"x contains NaN or infinity {where}", mistake or NOT_FINITE)


def assert_edm_start(setting: EdmSetting, evidence: Mapping[str, Any], *_: Any) -> None:
    """x starts as sigmas[0] times standard normal noise; false-fail rate 1e-6."""
    start = _start(setting, evidence).swapaxes(0, 1)
    level = setting.levels[0]
    scale = float(np.sqrt(np.mean(np.square(start))))
    if not mean_square_p(start[:, fresh(start[0])]) >= ALARM:
        centred = abs(float(start.mean())) <= 6 * scale / np.sqrt(start.size)
        raise CheckFailed(
            f"the first x has root mean square {scale * level:.4g}, expected sigmas[0] = "
            f"{level:.4g} ({setting.asked})",
            (centred and _start_mistake(scale, setting, start.size)) or noise_mistake(start),
        )
    assert_normal_noise("the first x", start, ["it"])


def assert_edm_starts_differ(setting: EdmSetting, runs: Sequence[Mapping[str, Any]]) -> None:
    """The noise of several runs with different seeds is independent; false-fail rate 1e-6."""
    fields = np.stack([_start(setting, evidence)[:, 0] for evidence in runs])
    names = [f"that of chain {number}" for number in range(1, len(runs) + 1)]
    assert_normal_noise("the first x", fields, names, lambda: seed_mistake(fields))


def _start(setting: EdmSetting, evidence: Mapping[str, Any]) -> np.ndarray:
    """The first x in units of the first level, (N, 1, H, W)."""
    expect(len(evidence["inputs"]), "the sampler never called the net")
    level = setting.levels[0]
    c_in = oracles.edm_factors(level, setting.sigma_data)[2]
    return (evidence["inputs"][0] / (c_in * level)).astype(np.float64)


def _start_mistake(scale: float, setting: EdmSetting, size: int) -> Mistake | None:
    near, level = 6 / np.sqrt(2 * size), setting.levels[0]
    c_in = float(oracles.edm_factors(level, setting.sigma_data)[2])
    found = set()
    for name, want, words in (
        ("1", 1 / level, "x starts as noise of standard deviation 1; multiply it by sigmas[0]."),
        ("squared", level, "The noise is multiplied by sigmas[0] twice."),
        ("root", level**-0.5, "The noise is multiplied by the root of sigmas[0]."),
        ("c_in", 1 / c_in, "The net gets x itself, expected c_in x."),
        ("c_in, 1", 1 / (c_in * level), "The net gets standard normal noise, expected c_in x with "
         "x = sigmas[0] times that."),
    ):  # fmt: skip
        if abs(scale / want - 1) <= near:
            found.add(Mistake(f"edm start: {name}", words))
    return only_one(found)


def assert_heun_steps(setting: EdmSetting, evidence: Mapping[str, Any], images: np.ndarray) -> None:
    """Each step is that of equations 23 and 24; images (2n - 1, N, 1, H, W) are the estimates D.

    Raises:
        Blocked: the net was not called 2n - 1 times.
    """
    n, levels = setting.steps, setting.levels
    inputs = evidence["inputs"].astype(np.float64)
    if len(inputs) != 2 * n - 1:
        raise Blocked(CALLS, f"With {setting.asked} the net was called {len(inputs)} times")
    c_in = oracles.edm_factors(setting.of_calls, setting.sigma_data)[2]
    x = inputs / c_in[:, None, None, None, None]
    y, x_0 = images.astype(np.float64), evidence["x_0"].astype(np.float64)
    halves, wholes, odd = [], [], []
    for step in range(n - 1):
        first, second = 2 * step, 2 * step + 1
        half, odd_half = _fit([x[first], y[first]], x[second])
        whole, odd_whole = _fit([x[first], y[first], y[second]], x[second + 1])
        halves.append(half)
        wholes.append(whole)
        odd.append((odd_half, odd_whole))
    if n > 1:
        _assert_factors(
            setting, "x' = x + (sigma' - sigma) (x - D) / sigma (equation 23)",
            ("x", "D"), np.array(halves).T, euler_factors(levels), np.array(odd)[:, 0],
            lambda factors: euler_mistake(factors, levels, setting.sigma_data),
        )  # fmt: skip
        _assert_factors(
            setting, "the next x (equation 24)",
            ("x", "D", "D'"), np.array(wholes).T, heun_factors(levels), np.array(odd)[:, 1],
            lambda factors: heun_mistake(factors, levels),
        )  # fmt: skip
    (on_x, on_d), left = _fit([x[-1], y[-1]], x_0)
    if not (left <= MISFIT and abs(on_x) <= FACTOR and abs(on_d - 1) <= FACTOR):
        half = abs(on_x - 0.5) <= FACTOR and abs(on_d - 0.5) <= FACTOR
        words = "The last slope is halved; without a second slope there is no mean."
        raise CheckFailed(
            f"the last step (sigma={levels[-2]:.4g} to 0) returns {on_x:.4f} x + {on_d:.4f} D and "
            f"{100 * left:.2g} % of something else, expected D",
            Mistake("edm last step: half", words) if half else None,
        )


def _assert_factors(
    setting: EdmSetting,
    what: str,
    names: Sequence[str],
    measured: np.ndarray,
    right: np.ndarray,
    odd: np.ndarray,
    find_mistake: Callable[[np.ndarray], Mistake | None],
) -> None:
    levels = setting.levels
    if not (odd <= MISFIT).all():
        step = int(np.argmax(~(odd <= MISFIT)))
        raise CheckFailed(
            f"in the step from sigma={levels[step]:.4g} to {levels[step + 1]:.4g}, {what} is no "
            f"sum of {', '.join(names)}: {100 * odd[step]:.2g} % of it is something else"
        )
    off = np.abs(measured - right) / np.maximum(np.abs(right), 1)
    if (off <= FACTOR).all():
        return
    row, step = map(int, np.unravel_index(int(np.argmax(off)), off.shape))
    raise CheckFailed(
        f"in the step from sigma={levels[step]:.4g} to {levels[step + 1]:.4g}, {what} contains "
        f"{measured[row, step]:.4f} {names[row]}, expected {right[row, step]:.4f}; "
        f"{(off > FACTOR).any(axis=0).sum()} of {off.shape[1]} steps differ",
        find_mistake(measured),
    )


def _fit(columns: list[np.ndarray], whole: np.ndarray) -> tuple[np.ndarray, float]:
    """Factors of the columns that make up `whole`, and the share left over."""
    matrix = np.stack([column.ravel() for column in columns], axis=1)
    lengths = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    factors = np.linalg.lstsq(matrix / lengths, whole.ravel(), rcond=None)[0] / lengths
    rest = np.linalg.norm(whole.ravel() - matrix @ factors)
    return factors, float(rest / max(np.linalg.norm(whole), 1e-300))


def assert_edm_caches(setting: EdmSetting, evidence: Mapping[str, Any], *_: Any) -> None:
    """The caches hold x after each step, or before each, of the run that returned x_0.

    Raises:
        Blocked: the net was not called 2n - 1 times.
    """
    inputs, caches = evidence["inputs"].astype(np.float64), evidence["caches"].astype(np.float64)
    n, count = setting.steps, len(evidence["x_0"])
    if caches.shape[0] != count:
        swapped = Mistake(
            "caches: (K, N, 1, H, W)",
            "The first two dimensions of the caches have changed places: stack along dim=1.",
        )
        raise CheckFailed(
            f"caches has shape {caches.shape}, expected ({count}, {n}, 1, H, W)",
            swapped if caches.shape[1] == count else None,
        )
    if len(inputs) != 2 * n - 1:
        raise Blocked(CALLS, f"With {setting.asked} the net was called {len(inputs)} times")
    at = np.r_[0, np.arange(2, 2 * n - 1, 2)]
    c_in = oracles.edm_factors(setting.levels[:-1], setting.sigma_data)[2]
    x = np.concatenate([inputs[at] / c_in[:, None, None, None, None], evidence["x_0"][None]])
    if caches.shape[1] != n:
        raise CheckFailed(
            f"caches hold {caches.shape[1]} images of each sample, expected {n}, one for each step"
        )
    kept = caches.swapaxes(0, 1)
    size = np.maximum(1, np.abs(x).max(axis=(1, 2, 3, 4), keepdims=True))
    gaps = [np.abs((kept - x[part]) / size[part]).max() for part in (np.s_[1:], np.s_[:-1])]
    if not min(gaps) <= 1e-4:
        one = Mistake(
            "caches: one image",
            "All kept images are the same: the tensor that you append is changed later. Append a "
            "copy, x.clone().",
        )
        same = len(kept) > 1 and np.ptp(kept, axis=0).max() == 0
        raise CheckFailed(
            "caches do not hold x after each step of the run that returned x_0",
            one if same else None,
        )
