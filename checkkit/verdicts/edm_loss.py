"""EDM's loss, analysed by its gradient in the net's answer, and verdicts on it.

With D = c_skip x + c_out F and x = (the net's input) / c_in, the gradient of the loss in F is a sum
of F, x and x_0 for each image, and least squares gives the three factors up to rounding.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import oracles
from ..mistakes.distributions import PLAUSIBLE, SAME, noise_mistake
from ..mistakes.edm import factor_stories, level_mistake, target_mistake, weight_mistake
from ..mistakes.matching import only_one
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from .losses import assert_has_gradient
from .noise import assert_normal_noise
from .statistics import (
    ALARM,
    distribution_p,
    mean_square_p,
    mean_squares_p,
    normal_p,
    products_p,
)

# By name, sigma from what the net was told, and what is wrong then.
TOLD = {
    "ln": (np.exp, "c_noise is a quarter of the logarithm."),
    "sigma": (lambda t: t, "c_noise is sigma; it is a quarter of its logarithm."),
    "sigma / 4": (lambda t: 4 * t, "c_noise lacks the logarithm."),
    "log10": (lambda t: 10 ** (4 * t), "The logarithm is the natural one."),
    "log2": (lambda t: 2 ** (4 * t), "The logarithm is the natural one."),
    "ln / 2": (lambda t: np.exp(2 * t), "The logarithm is divided by 4."),
    "- ln": (lambda t: np.exp(-4 * t), "c_noise has the wrong sign."),
}
SEEDED = Mistake(
    "edm: seeded in every call",
    "The loss seeds torch's global generator in every call, so that every batch gets the same "
    "noise: remove `torch.manual_seed` from it.",
)
INPUT = "The net gets c_in (x_0 + sigma eps), and c_noise of the same sigma."
COMPARED = "The loss compares D(x; sigma) = c_skip x + c_out F with the clean x_0 (equation 19)."
MISFIT = 1e-3
TARGET = 2e-3
WEIGHT = 2e-3


@dataclass(frozen=True)
class EdmLoss:
    """One call of the loss; all arrays are float64.

    Attributes:
        sigma: (N,) the level of each image, as the net was told.
        x_0, x: (N, H, W) the images, and what the net received divided by c_in.
        on_answer, on_x, on_clean: (N,) the gradient is their sum with F, x and x_0, for a loss that
            is the mean over all pixels.
        misfit: (N,) share of the gradient that this sum leaves.
        reseeded: whether the call seeded torch's global generator.
    """

    sigma_data: float
    sigma: np.ndarray
    x_0: np.ndarray
    x: np.ndarray
    on_answer: np.ndarray
    on_x: np.ndarray
    on_clean: np.ndarray
    misfit: np.ndarray
    reseeded: bool

    @property
    def eps(self) -> np.ndarray:
        """The noise in x (N, H, W), in units of sigma."""
        return (self.x - self.x_0) / self.sigma[:, None, None]


def told_levels(told: np.ndarray) -> np.ndarray:
    """sigma by c_noise (N,).

    Raises:
        CheckFailed: the net was told no number, or one that is far from a quarter of a logarithm.
    """
    expect(np.isfinite(told).all(), "the net received a c_noise that is NaN or infinite")
    wide = told[np.argmax(np.abs(told))] if len(told) else 0.0
    expect(abs(wide) <= 50, f"the net received c_noise={wide:.4g}, which is no ln(sigma) / 4")
    return np.exp(4 * told)


def analyse_edm_loss(evidence: Mapping[str, Any], x_0: np.ndarray, sigma_data: float) -> EdmLoss:
    """What the loss of x_0 (N, 1, H, W) did.

    Raises:
        CheckFailed: the loss has no gradient in the net's answer, or the net was told nonsense.
    """
    out, x_in, grad = (evidence[name][:, 0].astype(np.float64) for name in ("out", "x_t", "grad"))
    assert_has_gradient(evidence["gradient_reaches_net"], grad)
    clean = x_0[:, 0].astype(np.float64)
    sigma = told_levels(evidence["rows"][:, 0])
    c_in = oracles.edm_factors(sigma, sigma_data)[2]
    x = x_in / c_in[:, None, None]
    parts = [_three(*four) for four in zip(out, x, clean, grad, strict=True)]
    on_answer, on_x, on_clean, misfit = np.array(parts).T
    scale = grad.size / 2
    return EdmLoss(
        sigma_data, sigma, clean, x, on_answer * scale, on_x * scale, on_clean * scale, misfit,
        bool(evidence["reseeded"]),
    )  # fmt: skip


def _three(out: np.ndarray, x: np.ndarray, clean: np.ndarray, grad: np.ndarray) -> np.ndarray:
    """Factors of F, x and x_0 in the gradient, and the share that they leave."""
    # x - x_0 in place of x: at a small sigma the two are alike.
    columns = np.stack([out.ravel(), (x - clean).ravel(), clean.ravel()], axis=1)
    lengths = np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    fit = np.linalg.lstsq(columns / lengths, grad.ravel(), rcond=1e-12)[0] / lengths
    rest = np.linalg.norm(grad.ravel() - columns @ fit) / max(np.linalg.norm(grad), 1e-300)
    return np.array([fit[0], fit[1], fit[2] - fit[1], rest])


def assert_noisy_input(loss: EdmLoss) -> None:
    """The net gets c_in (x_0 + sigma eps) and c_noise of the same sigma; false-fail rate 1e-7."""
    eps = loss.eps
    if mean_squares_p(eps) >= ALARM:
        return
    each = np.sqrt(np.mean(eps**2, axis=(1, 2)))
    i = int(np.argmax(np.abs(np.log(np.maximum(each, 1e-300)))))
    c_in = oracles.edm_factors(loss.sigma, loss.sigma_data)[2, i]
    raise CheckFailed(
        f"the net was told c_noise={np.log(loss.sigma[i]) / 4:.4f}, so sigma={loss.sigma[i]:.4g}. "
        f"Beside c_in x_0 it received {each[i] * loss.sigma[i] * c_in:.4g} (root mean square), "
        f"expected noise of c_in sigma = {loss.sigma[i] * c_in:.4g} (image {i} of {len(each)})",
        _input_mistake(loss) or noise_mistake(loss.eps[None]),
    )


def _input_mistake(loss: EdmLoss) -> Mistake | None:
    """The one mistake in c_in, c_noise or the noise that leaves standard normal noise.

    One image tells none: with one level, some wrong formula fits any strength of the noise.
    """
    if len(loss.sigma) == 1:
        return None
    told, d = np.log(loss.sigma) / 4, loss.sigma_data
    x_in = loss.x * oracles.edm_factors(loss.sigma, d)[2][:, None, None]
    cases: dict[Mistake, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    with np.errstate(all="ignore"):
        for name, (sigma, words) in TOLD.items():
            s = sigma(told)
            c_in = oracles.edm_factors(s, d)[2]
            cases[Mistake(f"edm c_noise: {name}", words)] = s, c_in, s
        s = loss.sigma
        for name, (c_in, words) in factor_stories("c_in", s, d).items():
            cases[Mistake(f"edm c_in: {name}", words)] = s, c_in, s
        c_in = oracles.edm_factors(s, d)[2]
        for name, scale, words in (
            ("squared", s**2, "The noise is multiplied by sigma squared."),
            ("root", np.sqrt(s), "The noise is multiplied by the root of sigma."),
            ("1", np.ones_like(s), "The noise is not multiplied by sigma."),
        ):
            cases[Mistake(f"edm noise: {name}", words)] = s, c_in, scale
        found = set()
        for mistake, (_, c_in, scale) in cases.items():
            eps = (x_in / c_in[:, None, None] - loss.x_0) / scale[:, None, None]
            if (
                np.isfinite(eps).all()
                and min(mean_squares_p(eps), distribution_p(eps)) >= PLAUSIBLE
            ):
                found.add(mistake)
    return only_one(found)


def assert_whole_loss(loss: EdmLoss) -> None:
    """Input, target and weight are right; false-fail rate 1e-7."""
    assert_noisy_input(loss)
    assert_target(loss)
    assert_weight(loss)


def assert_target(loss: EdmLoss) -> None:
    """The loss compares D(x; sigma) of equation 19 with x_0.

    Raises:
        Blocked: what the net gets is wrong; x is measured by it.
    """
    if not mean_squares_p(loss.eps) >= ALARM:
        raise Blocked(INPUT, "What the net gets is wrong")
    s, d = loss.sigma, loss.sigma_data
    skip, out, *_ = oracles.edm_factors(s, d)
    odd = ~(loss.misfit <= MISFIT)
    if odd.any():
        raise CheckFailed(
            "the gradient of the loss in the net's answer F is no sum of F, x and x_0: "
            f"{100 * loss.misfit.max():.2g} % of it is something else; expected the mean of "
            "weighted squares of D - x_0"
        )
    with np.errstate(all="ignore"):
        used_skip, used_out = -loss.on_x / loss.on_clean, loss.on_answer / -loss.on_clean
        wrong_skip = ~(np.abs(used_skip - skip) <= TARGET * np.maximum(skip, 0.1))
        wrong_out = ~(np.abs(used_out / out - 1) <= TARGET)
        mistake = target_mistake(loss.on_answer, loss.on_x, loss.on_clean, s, d)
    if mistake and mistake.name.startswith("edm target"):
        raise CheckFailed("the loss does not compare D(x; sigma) with x_0", mistake)
    for name, wrong, used, right in (
        ("c_out", wrong_out, used_out, out), ("c_skip", wrong_skip, used_skip, skip)
    ):  # fmt: skip
        if wrong.any():
            i = int(np.argmax(wrong))
            asked = f"sigma={s[i]:.4g}, sigma_data={d:.4g}"
            raise CheckFailed(
                f"at {asked}, the loss compares x_0 with a D in which {name} is {used[i]:.4f}, "
                f"expected {right[i]:.4f}; {wrong.sum()} of {len(s)} images differ",
                mistake,
            )


def assert_weight(loss: EdmLoss) -> None:
    """Each square has the weight 1 / c_out^2, and the loss is the mean over all pixels.

    Raises:
        Blocked: the squares are not those of D - x_0.
    """
    try:
        assert_target(loss)
    except CheckFailed:
        raise Blocked(COMPARED, "The loss compares something else") from None
    wrong = ~(np.abs(loss.on_answer - 1) <= WEIGHT)
    if wrong.any():
        i = int(np.argmax(np.abs(np.log(np.maximum(np.abs(loss.on_answer), 1e-300)))))
        out = oracles.edm_factors(loss.sigma, loss.sigma_data)[1, i]
        pixels = loss.x_0[0].size
        raise CheckFailed(
            f"at sigma={loss.sigma[i]:.4g}, the square of D - x_0 has the weight "
            f"{loss.on_answer[i] / out**2:.5g} in the mean over all pixels, expected "
            f"1 / c_out^2 = {1 / out**2:.5g}; {wrong.sum()} of {len(wrong)} images differ",
            weight_mistake(loss.on_answer, loss.sigma, loss.sigma_data, pixels),
        )


def assert_levels_normal(loss: EdmLoss, mean: float, std: float, exhibits: Any = None) -> None:
    """ln(sigma) of many images is N(mean, std^2), each of its own; false-fail rate 4e-7."""
    logs = np.log(loss.sigma)
    z = (logs - mean) / std
    if exhibits is not None:
        edges = np.linspace(-4, 4, 17)
        counts = np.histogram(z.clip(-3.99, 3.99), edges)[0]
        fair = len(z) * np.diff([math.erf(edge / 2**0.5) / 2 for edge in edges])
        title = f"ln(sigma) of {len(z)} images, in standard deviations from p_mean"
        exhibits.counts(title, counts, fair, np.sqrt(fair), "bin from -4 to 4", "images")
    if np.ptp(logs) == 0:
        raise CheckFailed(
            f"all {len(z)} images have sigma={np.exp(logs[0]):.4g}, expected one sigma for each",
            level_mistake(logs, mean, std),
        )
    p = min(
        normal_p(float(z.mean() * np.sqrt(len(z)))),
        mean_square_p(z),
        distribution_p(z),
        products_p(z[1:] * z[:-1]),
    )
    if not p >= ALARM:
        raise CheckFailed(
            f"ln(sigma) of {len(z)} images has mean {logs.mean():.3f} and standard deviation "
            f"{logs.std():.3f}, expected independent normal numbers with "
            f"{mean:.4g} and {std:.4g} (p = {p:.1g})",
            level_mistake(logs, mean, std),
        )


def assert_fresh_eps(*calls: EdmLoss) -> None:
    """eps is standard normal noise, new for every pixel and in each call; false-fail rate 1e-6.

    Raises:
        Blocked: it looks odd where the net gets something else.
    """
    *before, this = calls
    noises = np.stack([call.eps for call in calls])
    try:
        assert_normal_noise("eps", this.eps[None], ["this batch"], lambda: noise_mistake(noises))
    except CheckFailed as error:
        if error.mistake is None and not mean_squares_p(this.eps) >= ALARM:
            raise Blocked(INPUT, "What the net gets is wrong") from None
        raise
    for other in before:
        for what in ("eps", "sigma"):
            if np.abs(getattr(this, what) - getattr(other, what)).max() <= SAME:
                raise CheckFailed(
                    f"two calls of the loss drew the same {what}, although the state of torch's "
                    "random generator was another before each",
                    SEEDED if this.reseeded and other.reseeded else None,
                )
