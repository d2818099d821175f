# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""What the editing functions ask of a pretrained model: given, nothing to fill in.

Every model answers the same three questions, whatever it was trained on: its table of alpha_bars,
the noise in an image, and the variance of a step. `digit_model`, `deepfloyd` and `unet2d` beside
this file hold such models.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch

Tensor = torch.Tensor
Cond = Any  # a digit, (N,) int64 digits, a prompt, N prompts; None: the model is told nothing


class Model(Protocol):
    """A pretrained model that predicts noise.

    Attributes:
        alpha_bars: (T + 1,) float32 or shorter by one, indexed by t. Entry 0 is 1, or nearly 1:
            take what the table says.
        num_ts: T.
        image_shape: (C, H, W).
        value_range: the lowest and the highest value of a pixel of a clean image.
        asked: what figures ask this model for, a cond for each image; empty if it takes none.
        guidance: a scale that is good for it.
    """

    alpha_bars: Tensor
    num_ts: int
    image_shape: tuple[int, int, int]
    value_range: tuple[float, float]
    asked: Sequence[Cond]
    guidance: float

    def eps(self, x: Tensor, t: int, cond: Cond = None) -> Tensor:
        """The noise that the model sees in x, of the shape of x, without gradients.

        Args:
            x: (N, C, H, W) float32, noisy images at t.
            t: an index of alpha_bars, the same for all images; no share of T.
            cond: what the model is told about the images; None for the unconditional prediction.
        """
        ...

    def variance(self, x: Tensor, t: int, t_prev: int, cond: Cond = None) -> Tensor:
        """The variance of the noise in a step from t to t_prev, of the shape of x.

        Some models have learned it, and then it depends on x and cond. Others give that of
        equation A5.

        Args:
            x: (N, C, H, W) float32, the images at t, where the step begins.
            t, t_prev: where the step begins, and where it ends.
            cond: what the model is told about the images.
        """
        ...


# end for
