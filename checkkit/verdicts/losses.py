"""A training loss, analysed by its gradient in the net's answer, and verdicts on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from .. import oracles
from ..mistakes.distributions import SAME, SEEDED, noise_mistake
from ..mistakes.forward_process import (
    OTHER_NOISE,
    mixing_mistake,
    target_mistake,
    weight_mistake,
)
from ..mistakes.losses import shape_mistake
from ..mistakes.matching import FEW
from ..mistakes.timesteps import NOTHING, telling_mistake
from ..runner import Array, CheckFailed, Flag, Integer, Mistake, expect
from ..runner.evidence import FLOAT
from .dependence import scale_and_target
from .distributions import whole_timesteps
from .noise import assert_normal_noise
from .settings import Setting
from .statistics import ALARM, mean_square_p

MIXING = 1e-3
LOSS = 1e-3
ONE_TIME = 0.05  # images of one t contain x_0 in equal parts, up to rounding
# Standard errors of the correlation of net and target, which have to be independent: chance goes
# this far once in 1e23 times. A loss without a target, such as the mean of the net, gives 1.
UNRELATED = 10.0


def loss_returns(setting: Setting, x_0: np.ndarray) -> dict:
    """The evidence of a loss's run on x_0 (N, 1, H, W)."""
    images = Array(x_0.shape, FLOAT)
    return {
        **{"loss": Array((), FLOAT), "x_t": images, "out": images, "grad": images},
        "rows": Array((len(x_0), 3), "float64"),
        **{"gradient_reaches_net": Flag(), "mode_after": Flag()},
        **{"calls": Integer(), "calls_in_train_mode": Integer(), "calls_in_double": Integer()},
        "reseeded": Flag(),
        "x_0_after": Array(x_0.shape),
        "tables_change": Array((3, setting.num_ts + 1), "float64"),
    }


@dataclass(frozen=True)
class LossAnalysis:
    """One call of a loss; all arrays are float64.

    Attributes:
        t_input: (N,) the t that the net received.
        t: (N,) whole timesteps: from `t_input`, or from the mixture where that is no k / T, or
            0 for images that have noise.
        on_clean, on_noise: (N,) x_t = on_clean x_0 + on_noise target.
        misfit: (N,) share of x_t that this sum leaves.
        target, x_0, x_t: (N, H, W).
        weight: the loss as a multiple of the mean squared error.
        value, out, grad: the loss, the net's answer and the gradient there (N, H, W).
        reseeded: whether the call seeded torch's global generator.
    """

    setting: Setting
    t_input: np.ndarray
    t: np.ndarray
    on_clean: np.ndarray
    on_noise: np.ndarray
    misfit: np.ndarray
    target: np.ndarray
    x_0: np.ndarray
    x_t: np.ndarray
    weight: float
    value: float
    out: np.ndarray
    grad: np.ndarray
    reseeded: bool

    @property
    def noise(self) -> np.ndarray:
        """The noise in x_t (N, H, W), if the factor of x_0 is right."""
        on_clean, on_noise = (
            factor[self.t].reshape(-1, 1, 1)
            for factor in oracles.forward_coefficients(self.setting.tables)
        )
        return (self.x_t - on_clean * self.x_0) / on_noise

    @property
    def mixed(self) -> bool:
        """Whether each x_t is a sum of x_0 and the target."""
        return bool(np.all(self.misfit <= MIXING))


def analyse_loss(setting: Setting, evidence: Mapping[str, Any], x_0: np.ndarray) -> LossAnalysis:
    """Compute target, mixture and weight of a loss; x_0 (N, 1, H, W) was its argument.

    Raises:
        CheckFailed: the loss has no gradient in the net's answer.
    """
    grad, out, x_t = (evidence[name][:, 0].astype(np.float64) for name in ("grad", "out", "x_t"))
    assert_has_gradient(evidence["gradient_reaches_net"], grad)
    value, clean = float(evidence["loss"]), x_0[:, 0].astype(np.float64)
    k, target = scale_and_target(evidence)
    target = target[:, 0]
    parts = [two_factors(*three) for three in zip(clean, target, x_t, strict=True)]
    on_clean, on_noise, misfit = np.array(parts).T
    t_input = evidence["rows"][:, 0]
    t, (factor, _) = whole_timesteps(setting, t_input), oracles.forward_coefficients(setting.tables)
    nearest = np.abs(on_clean[:, None] - factor[None, 1:]).argmin(axis=1) + 1
    fits = np.abs(on_clean - factor[nearest]).max() <= MIXING
    told_nothing = np.isin(t_input, (0, 1)).all() and (t_input == 0).any()
    if t is None or (told_nothing and (fits or len(np.unique(nearest)) >= FEW)):
        t = nearest
    return LossAnalysis(
        setting, t_input, t, on_clean, on_noise, misfit, target, clean, x_t, k * grad.size, value,
        out, grad, bool(evidence.get("reseeded")),
    )  # fmt: skip


def assert_has_gradient(reaches_net: bool, grad: np.ndarray) -> None:
    """The loss has a gradient in the net's answer."""
    expect(
        reaches_net and np.abs(grad).max() > 0,
        "the loss has no gradient in the net's answer, so the net cannot learn (look for detach, "
        "item and no_grad)",
    )


def two_factors(clean: np.ndarray, target: np.ndarray, x_t: np.ndarray) -> tuple[float, ...]:
    """Factors of both images (H, W) whose sum is nearest to x_t, and the share of it left over."""
    matrix = np.stack([clean.ravel(), target.ravel()], axis=1)
    factors = np.linalg.lstsq(matrix, x_t.ravel(), rcond=1e-9)[0]
    rest = np.linalg.norm(x_t.ravel() - matrix @ factors) / max(np.linalg.norm(x_t), 1e-12)
    return float(factors[0]), float(factors[1]), float(rest)


def _unless_of_another_shape(
    verdict: Callable[[LossAnalysis], None],
) -> Callable[[LossAnalysis], None]:
    """Of a loss that is no mean of squares say that; what its gradient shows would mislead."""

    @wraps(verdict)
    def with_shape(loss: LossAnalysis) -> None:
        try:
            verdict(loss)
        except CheckFailed:
            mistake = shape_mistake(loss.value, loss.grad, loss.out - loss.noise)
            if mistake is None:
                raise
            raise CheckFailed(
                "the gradient of the loss is not that of the mean of (net - eps)^2, though it has "
                "the same sign at every pixel; expected the mean of the squares",
                mistake,
            ) from None

    return with_shape


@_unless_of_another_shape
def assert_forward_process(loss: LossAnalysis) -> None:
    """x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) target, for each image at its own t."""
    tables = loss.setting.tables
    mistake = target_mistake(tables, loss.t, loss.x_0, loss.x_t, loss.target)
    wrong = "the loss does not compare the net's answer with the noise eps in x_t"
    near_x_0 = np.sqrt(np.mean((loss.target - loss.x_0) ** 2)) <= 0.02
    expect(not near_x_0 and mistake in (None, OTHER_NOISE), wrong, mistake)
    odd = ~(loss.misfit <= MIXING)
    if odd.any():
        i = int(np.argmax(odd))
        raise CheckFailed(
            f"the x_t that the net received (t={loss.t[i]}, T={loss.setting.num_ts}, image {i} "
            f"of {len(odd)}) is no sum of x_0 and of what the loss compares the answer with: "
            f"{100 * loss.misfit[i]:.2g} % of it is something else; both need the same eps",
            mistake,
        )
    actual = {"x_0": loss.on_clean, "eps": loss.on_noise}
    for what, table in zip(actual, oracles.forward_coefficients(tables), strict=True):
        have, want = actual[what], table[loss.t]
        wrong = ~(np.abs(have - want) <= MIXING)
        if wrong.any():
            i = int(np.argmax(np.abs(have - want)))
            standard = abs(np.mean(loss.target**2) - 1) <= 6 * np.sqrt(2 / loss.target.size)
            if mistake is None and standard:
                mistake = mixing_mistake(tables, loss.t, loss.on_clean, loss.on_noise)
            raise CheckFailed(
                f"at t={loss.t[i]} (T={loss.setting.num_ts}) your x_t contains {have[i]:z.4f} "
                f"{what}, equation 5 gives {want[i]:.4f}; "
                f"{wrong.sum()} of {len(wrong)} images differ",
                mistake,
            )


def assert_normalised_time(loss: LossAnalysis) -> None:
    """The net gets t / T, for images of different t different numbers."""
    T = loss.setting.num_ts
    if np.ptp(loss.t_input) == 0 and np.ptp(loss.on_clean) > ONE_TIME:
        raise CheckFailed(
            f"the net received t={loss.t_input[0]:.6g} for every image, although the images "
            f"contain {loss.on_clean.min():.2f} to {loss.on_clean.max():.2f} x_0",
            NOTHING if loss.t_input[0] == 0 else None,
        )
    if whole_timesteps(loss.setting, loss.t_input) is None:
        odd = loss.t_input[np.argmax(np.abs(loss.t_input))]
        raise CheckFailed(
            f"the net received t={odd:.6g}, expected one of 1/T, 2/T, ..., 1 with T={T}",
            telling_mistake(loss.t_input, loss.t, T) if loss.mixed else None,
        )
    odd = np.abs(loss.t_input * T - loss.t) > 0.5
    if odd.any():
        i = int(np.argmax(odd))
        raise CheckFailed(
            f"the net received t={loss.t_input[i]:.6g} for an image of t={loss.t[i]}, expected "
            f"{loss.t[i]}/{T}",
            telling_mistake(loss.t_input, loss.t, T) if loss.mixed else None,
        )


@_unless_of_another_shape
def assert_mean_loss(loss: LossAnalysis) -> None:
    """The loss is the mean of the squares over all pixels of the batch."""
    assert_mean_weight(loss.weight, loss.target.shape, loss.mixed)


def assert_mean_weight(weight: float, shape: tuple[int, ...], known: bool) -> None:
    """A loss on images (N, H, W) is this multiple of the mean squared error; it has to be 1.

    Args:
        known: whether the target is right, so that a mistake of the weight can be named.
    """
    if not abs(weight - 1) <= LOSS:
        batch = (shape[0], 1, *shape[1:])
        raise CheckFailed(
            f"the loss is {weight:.5g} times the mean squared error of a batch of shape {batch}; "
            "expected the mean over all pixels",
            weight_mistake(weight, batch) if known else None,
        )


@_unless_of_another_shape
def assert_noise_target(loss: LossAnalysis) -> None:
    """The target is standard normal noise, independent for all pixels and images.

    False-fail rate 1e-6.
    """
    what = "the noise that the net has to predict"
    if not mean_square_p(loss.target) >= ALARM:
        scale = float(np.sqrt(np.mean(loss.target**2)))
        raise CheckFailed(
            f"{what} has root mean square {scale:.3f}, expected 1", noise_target_mistake(loss)
        )
    expect(
        abs(np.corrcoef(loss.out.ravel(), loss.target.ravel())[0, 1]) * loss.out.size**0.5
        <= UNRELATED,
        "what the loss compares the net's answer with depends on the answer itself, expected noise "
        "that is drawn before",
    )
    assert_normal_noise(what, loss.target[None], ["this batch"], lambda: noise_target_mistake(loss))


def assert_new_noise(one: LossAnalysis, two: LossAnalysis) -> None:
    """Two calls on as many images, from other states of the global generators, differ in noise."""
    if np.abs(one.target - two.target).max() <= SAME:
        raise CheckFailed(
            "two calls of the loss drew the same noise, although the state of torch's random "
            "generator was another before each",
            SEEDED if one.reseeded and two.reseeded else noise_target_mistake(one, two),
        )


def noise_target_mistake(*calls: LossAnalysis) -> Mistake | None:
    """Why the target of one call, or of several on as many images, is no fresh normal noise."""
    one = calls[0]
    tables = one.setting.tables
    return target_mistake(tables, one.t, one.x_0, one.x_t, one.target) or noise_mistake(
        np.stack([call.target for call in calls])
    )
