"""A loss of flow matching, analysed by its gradient in the net's answer, and verdicts on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from ..mistakes.distributions import SAME, SEEDED, noise_mistake
from ..mistakes.flow import (
    ONE_TIME,
    OUTSIDE,
    TARGET_DATA,
    TARGET_X_T,
    UNDIVIDED,
    line_mistake,
    other_noise_mistake,
    told_mistake,
)
from ..mistakes.losses import shape_mistake
from ..runner import Array, CheckFailed, Flag, Integer, Mistake, expect
from ..runner.evidence import FLOAT
from ..runner.outcomes import Blocked
from .dependence import scale_and_target
from .losses import MIXING, UNRELATED, assert_has_gradient, assert_mean_weight, two_factors
from .noise import assert_normal_noise
from .statistics import ALARM, mean_square_p, times_p

LINE = "The net gets x_t = (1 - t) x_0 + t x_1 and predicts the velocity x_1 - x_0 of this x_0."
TIME = 1e-3
NEAR = 0.02  # root mean square between a target and what it is taken for


def flow_loss_returns(x_1: np.ndarray) -> dict:
    """The evidence of a loss's run on x_1 (N, 1, H, W)."""
    images = Array(x_1.shape, FLOAT)
    return {
        **{"loss": Array((), FLOAT), "x_t": images, "out": images, "grad": images},
        "rows": Array((len(x_1), 3), "float64"),
        **{"gradient_reaches_net": Flag(), "mode_after": Flag(), "reseeded": Flag()},
        **{"calls": Integer(), "calls_in_train_mode": Integer(), "calls_in_double": Integer()},
        "x_1_after": Array(x_1.shape),
    }


@dataclass(frozen=True)
class FlowLoss:
    """One call of a loss; all arrays are float64.

    Attributes:
        num_ts: T.
        told: (N,) the t that the net received.
        on_data, on_target: (N,) x_t = on_data x_1 + on_target target.
        misfit: (N,) share of x_t that this sum leaves.
        target, x_1, x_t, out, grad: (N, H, W).
        weight: the loss as a multiple of the mean squared error.
        value: the loss.
        reseeded: whether the call seeded torch's global generator.
    """

    num_ts: int
    told: np.ndarray
    on_data: np.ndarray
    on_target: np.ndarray
    misfit: np.ndarray
    target: np.ndarray
    x_1: np.ndarray
    x_t: np.ndarray
    out: np.ndarray
    grad: np.ndarray
    weight: float
    value: float
    reseeded: bool

    @classmethod
    def of(cls, num_ts: int, evidence: Mapping[str, Any], x_1: np.ndarray) -> "FlowLoss":
        """Compute target, mixture and weight of a loss; x_1 (N, 1, H, W) was its argument.

        Raises:
            CheckFailed: the loss has no gradient in the net's answer.
        """
        grad, out, x_t = (
            evidence[name][:, 0].astype(np.float64) for name in ("grad", "out", "x_t")
        )
        assert_has_gradient(evidence["gradient_reaches_net"], grad)
        data = x_1[:, 0].astype(np.float64)
        k, target = scale_and_target(evidence)
        target = target[:, 0]
        parts = [two_factors(*three) for three in zip(data, target, x_t, strict=True)]
        told, (on_data, on_target, misfit) = evidence["rows"][:, 0], np.array(parts).T
        return cls(
            num_ts, told, on_data, on_target, misfit, target, data, x_t, out, grad, k * grad.size,
            float(evidence["loss"]), bool(evidence.get("reseeded")),
        )  # fmt: skip

    @property
    def t(self) -> np.ndarray:
        """(N,) the share of the data in x_t, if x_t and target are on one line."""
        return 1 + self.on_target

    @cached_property
    def line_mistake(self) -> Mistake | None:
        """What mixture and target show, if the net is told the right t."""
        return line_mistake(self.told, self.on_data, self.on_target, self.num_ts)

    @cached_property
    def on_a_line(self) -> bool:
        """Whether x_t and target are right for some t in [0, 1] each."""
        right = np.abs(self.on_data - 1) <= MIXING
        inside = (self.t >= -MIXING) & (self.t <= 1 + MIXING)
        fits = bool(np.all((self.misfit <= MIXING) & right & inside))
        # Such as the target x_1 - x_t, with which each image looks like noise.
        return fits and self.line_mistake is None

    @property
    def noise(self) -> np.ndarray:
        """The noise x_0 (N, H, W), if the target is x_1 - x_0."""
        return self.x_1 - self.target


def _unless_of_another_shape(verdict: Callable[[FlowLoss], None]) -> Callable[[FlowLoss], None]:
    """Of a loss that is no mean of squares say that; what its gradient shows would mislead."""

    @wraps(verdict)
    def with_shape(loss: FlowLoss) -> None:
        try:
            verdict(loss)
        except (CheckFailed, Blocked):
            early = (loss.told >= 0) & (loss.told <= 0.9)
            if not early.any():
                raise
            left = (1 - loss.told[early])[:, None, None]
            velocity = (loss.x_1[early] - loss.x_t[early]) / left
            share = early.mean()  # of the pixels: as if the loss were the mean over these
            mistake = shape_mistake(
                loss.value, loss.grad[early] / share, loss.out[early] - velocity
            )
            if mistake is None:
                raise
            raise CheckFailed(
                "the gradient of the loss is not that of the mean of (net - (x_1 - x_0))^2, though "
                "it has the same sign at every pixel; expected the mean of the squares",
                mistake,
            ) from None

    return with_shape


def outside_mistake(loss: FlowLoss) -> Mistake | None:
    """Whether mixture and target are right but for t, which is no number in [0, 1]."""
    told, line = loss.told, np.abs(loss.on_target - (loss.told - 1))
    size = MIXING * np.maximum(1, np.abs(told))
    right = (loss.misfit <= MIXING) & (np.abs(loss.on_data - 1) <= size) & (line <= size)
    if not right.all() or np.all((told >= 0) & (told <= 1)):
        return None
    whole = np.all(told == np.rint(told)) and told.min() >= 0 and told.max() <= loss.num_ts
    return UNDIVIDED if whole else OUTSIDE


@_unless_of_another_shape
def assert_straight_line(loss: FlowLoss) -> None:
    """x_t is on the line from the noise to x_1, and the target is the velocity there."""
    if loss.on_a_line:
        return
    if outside := outside_mistake(loss):
        i = int(np.argmax(np.abs(loss.told - 0.5)))
        raise CheckFailed(
            f"the net received t={loss.told[i]:.4g}, and your x_t is mixed with this t; expected "
            "numbers in [0, 1]",
            outside,
        )
    mistake = loss.line_mistake
    for what, known in ((loss.x_1, TARGET_DATA), (loss.x_t, TARGET_X_T)):
        if np.sqrt(np.mean((loss.target - what) ** 2)) <= NEAR:
            mistake = known
    odd = ~(loss.misfit <= MIXING)
    if mistake is None and odd.any():
        mistake = other_noise_mistake(loss.told, loss.x_1, loss.x_t, loss.target)
    if odd.any() or mistake in (TARGET_DATA, TARGET_X_T):
        i = int(np.argmax(odd))
        raise CheckFailed(
            f"the x_t that the net received (t={loss.told[i]:.4g}, image {i} of {len(odd)}) and "
            "what the loss compares the answer with are not on one line from noise to x_1; both "
            "need the same x_0",
            mistake,
        )
    off = np.maximum(np.abs(loss.on_data - 1), np.maximum(-loss.t, loss.t - 1))
    i = int(np.argmax(off))
    told, on_target = loss.told[i], loss.on_target[i]
    wanted = f" = x_1 - {1 - told:.4f} v" if 0 <= told <= 1 else ""
    raise CheckFailed(
        f"call v what your loss compares the net's answer with. Where the net gets t={told:.4g}, "
        f"your x_t is {loss.on_data[i]:z.4f} x_1 {'-' if on_target < 0 else '+'} "
        f"{abs(on_target):.4f} v, expected x_1 - (1 - t) v{wanted}",
        mistake,
    )


def _wait_for_the_line(loss: FlowLoss) -> None:
    if not loss.on_a_line:
        raise Blocked(LINE, "x_t and the velocity are not those of one x_0 and x_1")


def assert_told_time(loss: FlowLoss) -> None:
    """The net gets t, the share of the data in x_t, a number in [0, 1]."""
    if np.ptp(loss.told) == 0 and np.ptp(loss.on_target) > 0.05:
        raise CheckFailed(
            f"the net received t={loss.told[0]:.6g} for every image, although they hold different "
            "shares of noise",
            told_mistake(loss.told, loss.t, loss.num_ts) if loss.on_a_line else None,
        )
    inside = (loss.told >= 0) & (loss.told <= 1)
    if inside.all():
        _wait_for_the_line(loss)
    off = np.abs(loss.told - loss.t)
    if not (inside.all() and np.all(off <= TIME)):
        i = int(np.argmax(np.where(inside, off, 1e9 + np.abs(loss.told))))
        mistake = told_mistake(loss.told, loss.t, loss.num_ts) if loss.on_a_line else None
        wanted = f"expected {loss.t[i]:.4f}, the share of x_1 in x_t"
        if not inside.all():
            wanted = "expected a number in [0, 1]"
            mistake = mistake or outside_mistake(loss)
        raise CheckFailed(f"the net received t={loss.told[i]:.6g}, {wanted}", mistake)


@_unless_of_another_shape
def assert_mean_flow_loss(loss: FlowLoss) -> None:
    """The loss is the mean of the squares over all pixels of the batch."""
    assert_mean_weight(loss.weight, loss.target.shape, loss.on_a_line)


@_unless_of_another_shape
def assert_normal_x_0(loss: FlowLoss) -> None:
    """x_0 is standard normal noise, independent for all pixels and images; false-fail rate 1e-6."""
    alike = np.corrcoef(loss.out.ravel(), loss.target.ravel())[0, 1] * loss.out.size**0.5
    expect(
        abs(alike) <= UNRELATED,
        "what the loss compares the net's answer with depends on the answer itself, expected a "
        "velocity that is computed before",
    )
    _wait_for_the_line(loss)
    what = "the noise x_0"
    if not mean_square_p(loss.noise) >= ALARM:
        scale = float(np.sqrt(np.mean(loss.noise**2)))
        mistake = noise_mistake(loss.noise[None])
        raise CheckFailed(f"{what} has root mean square {scale:.3f}, expected 1", mistake)
    assert_normal_noise(what, loss.noise[None], ["this batch"])


def assert_other_x_0(one: FlowLoss, two: FlowLoss) -> None:
    """Two calls on as many images, from other states of the global generators, differ in noise."""
    if one.on_a_line and np.abs(one.noise - two.noise).max() <= SAME:
        raise CheckFailed(
            "two calls of the loss drew the same noise, although the state of torch's random "
            "generator was another before each",
            SEEDED if one.reseeded and two.reseeded
            else noise_mistake(np.stack([one.noise, two.noise])),
        )  # fmt: skip


def times_in_0_to_1(
    told: np.ndarray, num_ts: int, analysed: Callable[[], FlowLoss] | None = None
) -> np.ndarray:
    """(N,) t in [0, 1]; the net may get t T instead, which has a check of its own.

    Args:
        analysed: the same call of the loss; None if x_t does not matter.

    Raises:
        CheckFailed: the net got neither, or x_t is mixed with a t that is not in [0, 1].
    """
    if np.all((told >= 0) & (told <= 1)):
        return told
    mistake = outside_mistake(analysed()) if analysed else None
    if mistake is None and np.all((told >= 0) & (told <= num_ts)):
        return told / num_ts
    odd = told[np.argmax(np.abs(told - 0.5))]
    raise CheckFailed(f"the net received t={odd:.6g}, expected numbers in [0, 1]", mistake)


def assert_times_spread(
    told: np.ndarray, num_ts: int, exhibits, analysed: Callable[[], FlowLoss] | None = None
) -> None:
    """The t of many images are uniform on [0, 1], or on k / T, or logit-normal.

    `analysed` as in `times_in_0_to_1`. False-fail rate 1e-7.
    """
    t, images = times_in_0_to_1(told, num_ts, analysed), len(told)
    counts = np.bincount(np.minimum((t * 20).astype(int), 19), minlength=20)
    fair = np.full(20, images / 20)
    title = f"How often each twentieth of [0, 1] was drawn ({images} images)"
    exhibits.counts(title, counts, fair, np.sqrt(fair), "t, in twentieths", "images")
    expect(
        len(np.unique(t)) > 1,
        f"all {images} images share t={t[0]:.4g}, expected a t for each image",
        ONE_TIME,
    )
    p = times_p(t, num_ts)
    most, least = int(np.argmax(counts)), int(np.argmin(counts))
    expect(
        p >= ALARM,
        f"t is not uniform on [0, 1]: of {images} images, {counts[most]} have t between "
        f"{most / 20:g} and {(most + 1) / 20:g}, and {counts[least]} between {least / 20:g} and "
        f"{(least + 1) / 20:g}; expected about {images / 20:.0f} each (p = {p:.1g})",
    )
