"""What a loss compares the net's answer with, read off its gradient, and verdicts on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from .. import oracles
from ..mistakes.distributions import noise_mistake
from ..mistakes.forward_process import mixing_mistake, target_mistake, weight_mistake
from ..mistakes.losses import shape_mistake
from ..mistakes.timesteps import telling_mistake
from ..runner import Array, CheckFailed, Flag, Integer, Mistake
from ..runner.evidence import FLOAT
from .distributions import whole_timesteps
from .noise import assert_normal_noise
from .settings import Setting
from .statistics import ALARM, mean_square_p

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

MIXING = 1e-3
LOSS = 1e-3


def loss_returns(setting: Setting, x_0: np.ndarray) -> dict:
    """What a probe that ran a loss brings back; x_0 (N, 1, H, W) is what the loss was given."""
    images = Array(x_0.shape, FLOAT)
    return {
        "loss": Array((), FLOAT),
        "x_t": images,
        "out": images,
        "grad": images,
        "rows": Array((len(x_0), 3), "float64"),
        "gradient_reaches_net": Flag(),
        "calls": Integer(),
        "calls_in_train_mode": Integer(),
        "calls_in_double": Integer(),
        "mode_after": Flag(),
        "x_0_after": Array(x_0.shape),
        "tables_change": Array((3, setting.num_ts + 1), "float64"),
    }


@dataclass(frozen=True)
class LossAnalysis:
    """A loss laid open, all (N, ...) float64.

    Attributes:
        told: (N,) the t that the net was told.
        t: (N,) whole steps, from `told`, from the mixture where it is no k / T.
        on_clean, on_noise: (N,) x_t = on_clean x_0 + on_noise target.
        misfit: (N,) share of x_t that this sum leaves.
        target, x_0, x_t: (N, H, W).
        weight: the loss as a multiple of the mean squared error.
        loss, out, grad: the loss, the net's answer and the gradient there (N, H, W).
    """

    setting: Setting
    told: np.ndarray
    t: np.ndarray
    on_clean: np.ndarray
    on_noise: np.ndarray
    misfit: np.ndarray
    target: np.ndarray
    x_0: np.ndarray
    x_t: np.ndarray
    weight: float
    loss: float
    out: np.ndarray
    grad: np.ndarray

    @property
    def noise(self) -> np.ndarray:
        """What is in x_t beside x_0, (N, H, W), if x_0 is mixed in as it should be."""
        on_clean, on_noise = (
            factor[self.t] for factor in oracles.forward_coefficients(self.setting.tables)
        )
        shape = (-1, 1, 1)
        return (self.x_t - on_clean.reshape(shape) * self.x_0) / on_noise.reshape(shape)

    @property
    def mixed(self) -> bool:
        """Each x_t is a sum of x_0 and the target."""
        return bool(np.all(self.misfit <= MIXING))


@np.errstate(all="ignore")
def analyse_loss(setting: Setting, seen: Mapping[str, Any], x_0: np.ndarray) -> LossAnalysis:
    """Find target, mixture and weight of a loss; x_0 (N, 1, H, W) as it was given.

    Raises:
        CheckFailed: the loss has no gradient in the net's answer.
    """
    grad, out = (seen[name][:, 0].astype(np.float64) for name in ("grad", "out"))
    x_t, clean = seen["x_t"][:, 0].astype(np.float64), x_0[:, 0].astype(np.float64)
    if not (seen["gradient_reaches_net"] and np.abs(grad).max() > 0):
        raise CheckFailed(
            "the loss has no gradient in the net's answer: nothing would be learned "
            "(look for detach, item and no_grad)"
        )
    loss = float(seen["loss"])
    # L = k sum(d^2) and grad = 2 k d give sum(grad^2) = 4 k L.
    k = float(np.sum(grad**2)) / (4 * loss)
    target = np.nan_to_num(out - grad / (2 * k), nan=0, posinf=0, neginf=0)
    on_clean, on_noise, misfit = np.array(
        [_two_factors(*parts) for parts in zip(clean, target, x_t, strict=True)]
    ).T
    told = seen["rows"][:, 0]
    t = _steps(setting, told, on_clean)
    return LossAnalysis(
        setting, told, t, on_clean, on_noise, misfit, target, clean, x_t, k * grad.size, loss,
        out, grad,
    )  # fmt: skip


def _two_factors(clean: np.ndarray, target: np.ndarray, x_t: np.ndarray) -> tuple[float, ...]:
    matrix = np.stack([clean.ravel(), target.ravel()], axis=1)
    factors = np.linalg.lstsq(matrix, x_t.ravel(), rcond=1e-9)[0]
    rest = np.linalg.norm(x_t.ravel() - matrix @ factors) / max(np.linalg.norm(x_t), 1e-12)
    return float(factors[0]), float(factors[1]), float(rest)


def _steps(setting: Setting, told: np.ndarray, on_clean: np.ndarray) -> np.ndarray:
    """Whole steps: told * T where that is one, else the step whose mixture is nearest."""
    steps = whole_timesteps(setting, told)
    if steps is not None:
        return steps
    factor, _ = oracles.forward_coefficients(setting.tables)
    return np.abs(on_clean[:, None] - factor[None, 1:]).argmin(axis=1) + 1


def _unless_of_another_shape(
    judge: Callable[[LossAnalysis], None],
) -> Callable[[LossAnalysis], None]:
    """Where a loss is no mean of squares, everything read off its gradient is wrong: say that."""

    @wraps(judge)
    @np.errstate(all="ignore")
    def judged(found: LossAnalysis) -> None:
        try:
            judge(found)
        except CheckFailed:
            mistake = shape_mistake(found.loss, found.grad, found.out - found.noise)
            if mistake is None:
                raise
            raise CheckFailed(
                "the gradient of the loss is not that of the mean of (net - eps)^2, though it has "
                "the same sign at every pixel; expected the mean of the squares",
                mistake,
            ) from None

    return judged


@_unless_of_another_shape
def assert_forward_process(found: LossAnalysis) -> None:
    """x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) target, for each image at its own t."""
    tables = found.setting.tables
    compared = target_mistake(tables, found.t, found.x_0, found.x_t, found.target)
    gap = np.sqrt(np.mean((found.target - found.x_0) ** 2))
    if gap <= 0.02:
        raise CheckFailed(
            "the loss compares the net's answer with x_0, expected the noise eps", compared
        )
    odd = ~(found.misfit <= MIXING)
    if odd.any():
        i = int(np.argmax(odd))
        raise CheckFailed(
            f"the x_t that the net was given (t={found.t[i]}, T={found.setting.num_ts}, image {i} "
            f"of {len(odd)}) is no sum of x_0 and of what the loss compares the answer with: "
            f"{100 * found.misfit[i]:.2g} % of it is something else; both need the same eps",
            compared,
        )
    for what, have, table in zip(
        ("x_0", "eps"),
        (found.on_clean, found.on_noise),
        oracles.forward_coefficients(tables),
        strict=True,
    ):
        want = table[found.t]
        wrong = ~(np.abs(have - want) <= MIXING)
        if wrong.any():
            i = int(np.argmax(np.abs(have - want)))
            raise CheckFailed(
                f"at t={found.t[i]} (T={found.setting.num_ts}) your x_t contains {have[i]:.4f} "
                f"{what}, equation 5 gives {want[i]:.4f}; "
                f"{wrong.sum()} of {len(wrong)} images differ",
                compared
                or (
                    mixing_mistake(tables, found.t, found.on_clean, found.on_noise)
                    if _standard(found.target)
                    else None
                ),
            )


def _standard(target: np.ndarray) -> bool:
    """Mean square 1, give or take six errors."""
    return bool(abs(np.mean(target**2) - 1) <= 6 * np.sqrt(2 / target.size))


def assert_normalised_time(found: LossAnalysis) -> None:
    """The net is told t / T."""
    steps = whole_timesteps(found.setting, found.told)
    T = found.setting.num_ts
    if steps is None:
        i = int(np.argmax(np.abs(found.told)))
        raise CheckFailed(
            f"the net was told t={found.told[i]:.6g}, expected one of 1/T, 2/T, ..., 1 with T={T}",
            telling_mistake(found.told, found.t, T) if found.mixed else None,
        )


@_unless_of_another_shape
def assert_mean_loss(found: LossAnalysis) -> None:
    """The loss is the mean of the squares over all pixels of the batch."""
    if not abs(found.weight - 1) <= LOSS:
        shape = (len(found.t), 1, *found.target.shape[1:])
        raise CheckFailed(
            f"the loss is {found.weight:.5g} times the mean squared error of a batch of shape "
            f"{shape}; expected the mean over all pixels",
            weight_mistake(found.weight, shape) if found.mixed else None,
        )


@_unless_of_another_shape
def assert_noise_target(found: LossAnalysis) -> None:
    """The target is normal noise of variance 1, independent over pixels and images; false-fail rate
    1e-6.
    """
    scale = float(np.sqrt(np.mean(found.target**2)))
    if not mean_square_p(found.target) >= ALARM:
        raise CheckFailed(
            f"the noise that the net has to predict has root mean square {scale:.3f}, expected 1",
            noise_target_mistake(found),
        )
    assert_normal_noise(
        "the noise that the net has to predict",
        found.target[None],
        ["this batch"],
        lambda: noise_target_mistake(found),
    )


def noise_target_mistake(*calls: LossAnalysis) -> Mistake | None:
    """Why the target of one call, or of several on the same images, is no fresh normal noise."""
    one = calls[0]
    tables = one.setting.tables
    return target_mistake(tables, one.t, one.x_0, one.x_t, one.target) or noise_mistake(
        np.stack([found.target for found in calls])
    )
