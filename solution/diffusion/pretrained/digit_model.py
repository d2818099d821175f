# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""A small pretrained model of handwritten digits: given, nothing to fill in.

    model = load_digit_model()
    eps = model.eps(x, 150, torch.tensor([3, 8]))    # x (2, 1, 28, 28)

It has the interface of `diffusion.pretrained.model`; `cond` are the digits. It is no neural net: it
holds 80 kinds of digits, each a mean image and six directions in which its images vary, learned
from MNIST (Tipping, Bishop, "Mixtures of Probabilistic Principal Component Analyzers", 1999). Of
such digits it knows exactly which noise a noisy image holds on average, so that it answers within
milliseconds, where a large model needs a GPU.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

Tensor = torch.Tensor
Cond = Tensor | Sequence[int] | int | None

WEIGHTS = Path("tests/data/digit_model.safetensors")
NUM_TS = 300
DIGITS = 10
STEEPEST = 0.999  # the largest beta, of the last steps


class DigitModel:
    """A mixture of K kinds of digits, as many of each digit, with the interface of `Model`.

    Args:
        weights: "means" (K, 784) in [-1, 1], "directions" (K, R, 784) of length 1, "spreads" (K, R)
            the variances along them, "shares" (K,) of all digits, and "rest" (1,), the variance in
            every other direction.

    Attributes:
        alpha_bars: (301,) float32, entry 0 is 1 (Nichol, Dhariwal, "Improved Denoising Diffusion
            Probabilistic Models", 2021, equation 17).
    """

    num_ts = NUM_TS
    image_shape: tuple[int, int, int] = (1, 28, 28)
    value_range: tuple[float, float] = (-1.0, 1.0)
    asked: Sequence[int] = (0, 2, 4, 5, 7)
    guidance = 3.0

    def __init__(self, weights: dict[str, Tensor]):
        self.weights = {name: weight.double() for name, weight in weights.items()}
        self.alpha_bars = cosine_alpha_bars(NUM_TS)

    def eps(self, x: Tensor, t: int, cond: Cond = None) -> Tensor:
        """The noise that the model sees in x, of the shape of x.

        Args:
            x: (N, 1, 28, 28) float32, noisy images at t.
            t: 1 to 300, the same for all images.
            cond: the digit of all images, or N digits; None for no digit.

        Raises:
            ValueError: x has another shape, t is not in the table, or cond holds no digit.
        """
        if x.ndim != 4 or x.shape[1:] != self.image_shape:
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (N, 1, 28, 28)")
        if not 1 <= t <= self.num_ts or t != int(t):
            raise ValueError(f"t is {t}, expected a whole number from 1 to {self.num_ts}")
        digits = None if cond is None else torch.as_tensor(cond, device=x.device).expand(len(x))
        if digits is not None and not ((digits >= 0) & (digits < DIGITS)).all():
            raise ValueError(f"cond is {cond}, expected digits from 0 to 9, or None")
        signal = self.alpha_bars[int(t)].double().sqrt().item()
        with torch.no_grad():
            noisy = x.double().flatten(1)
            clean = self._mean_digits(noisy, signal, digits)
            return ((noisy - signal * clean) / math.sqrt(1 - signal**2)).view_as(x).to(x.dtype)

    def variance(self, x: Tensor, t: int, t_prev: int, cond: Cond = None) -> Tensor:
        """The variance of the noise in a step from t to t_prev, of the shape of x.

        This model has learned none: it is that of equation A5, whatever x and cond are.
        """
        here, there = self.alpha_bars[t].item(), self.alpha_bars[t_prev].item()
        return torch.full_like(x, (1 - there) / (1 - here) * (1 - here / there))

    def to(self, device: torch.device | str) -> "DigitModel":
        """The same model; its weights and its table move to the device."""
        self.weights = {name: weight.to(device) for name, weight in self.weights.items()}
        self.alpha_bars = self.alpha_bars.to(device)
        return self

    def _mean_digits(self, noisy: Tensor, signal: float, digits: Tensor | None) -> Tensor:
        """The mean of all digits that may have become `noisy` (N, 784), each by its probability."""
        w = self.weights
        means, directions, spreads, rest = w["means"], w["directions"], w["spreads"], w["rest"]
        kinds, count = spreads.shape
        noise = 1 - signal**2
        # Per kind: the variance of noisy along its directions (K, R), and along all others.
        along, beside = signal**2 * spreads + noise, signal**2 * rest + noise
        offset = torch.einsum("kd,krd->kr", means, directions)
        flat = directions.flatten(0, 1)
        places = (noisy @ flat.T).view(-1, kinds, count) - signal * offset  # (N, K, R)
        squares = (
            (noisy**2).sum(1, keepdim=True)
            - 2 * signal * noisy @ means.T
            + signal**2 * (means**2).sum(1)
        )
        squares = squares / beside + (places**2 * (1 / along - 1 / beside)).sum(2)
        scores = w["shares"].log() - (squares + (along / beside).log().sum(1)) / 2
        if digits is not None:
            of_kind = torch.arange(kinds, device=noisy.device) // (kinds // DIGITS)
            scores = scores.masked_fill(of_kind != digits[:, None], -torch.inf)
        chances = scores.softmax(1)  # (N, K)
        general = signal * rest / beside
        more = chances[:, :, None] * places * (signal * spreads / along - general)
        return general * noisy + (1 - general * signal) * (chances @ means) + more.flatten(1) @ flat


def cosine_alpha_bars(num_ts: int) -> Tensor:
    """alpha_bar for t = 0, ..., T, (T + 1,) float32: a cosine, cut off in the last steps."""
    t = torch.arange(num_ts + 1, dtype=torch.float64)
    level = torch.cos((t / num_ts + 0.008) / 1.008 * math.pi / 2) ** 2
    alphas = (level[1:] / level[:-1]).clamp(min=1 - STEEPEST)
    return torch.cat([torch.ones(1), alphas.cumprod(0).float()])


def load_digit_model(path: str | Path | None = None) -> DigitModel:
    """The model with its weights, on the CPU.

    Args:
        path: the file of the weights; None for `tests/data/digit_model.safetensors` in a folder
            above this one.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return DigitModel(load_file(_found() if path is None else path))


def _found() -> Path:
    for folder in Path(__file__).resolve().parents:
        if (folder / WEIGHTS).is_file():
            return folder / WEIGHTS
    raise FileNotFoundError(f"no {WEIGHTS} in any folder above {Path(__file__).parent}")


# end for
