# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""Any `UNet2DModel` of diffusers that predicts noise: given, nothing to fill in.

    model = load_unet2d("google/ddpm-cifar10-32")
    eps = model.eps(x, 690)    # x (2, 3, 32, 32)

It has the interface of `diffusion.pretrained.model`. `cond` is a class, or one for each image, if
the net knows classes; else it can only be None.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from .loading import NotLoaded, library, loading

Tensor = torch.Tensor
Cond = Tensor | Sequence[int] | int | None


class UNet2D:
    """A net and the table of its scheduler, with the interface of `Model`.

    Args:
        unet: a `UNet2DModel` that predicts noise; it computes on its own device and dtype.
        alpha_bars: (T,) indexed by the t that the net gets, 0 to T - 1.

    Raises:
        ValueError: the net does not give as many channels as it takes, or has no fixed size.
    """

    value_range: tuple[float, float] = (-1.0, 1.0)
    guidance = 3.0

    def __init__(self, unet: Any, alpha_bars: Tensor):
        config, size = unet.config, unet.config.sample_size
        if config.in_channels != config.out_channels or size is None:
            raise ValueError(
                f"a net from {config.in_channels} to {config.out_channels} channels, of images of "
                f"size {size}, is no model of noise in images of one size"
            )
        height, width = (size, size) if isinstance(size, int) else size
        self.unet, self.alpha_bars = unet, alpha_bars.float().cpu()
        self.num_ts = len(alpha_bars)
        self.image_shape: tuple[int, int, int] = (config.in_channels, height, width)
        self.asked: Sequence[int] = range(min(5, config.num_class_embeds or 0))

    def eps(self, x: Tensor, t: int, cond: Cond = None) -> Tensor:
        """The noise that the model sees in x, of the shape, dtype and device of x.

        Args:
            x: (N, C, H, W) float32, noisy images at t.
            t: 0 to T - 1, the same for all images.
            cond: the class of all images, or N classes, if the net knows classes; else None.

        Raises:
            ValueError: x has another shape, t is not in the table, or cond does not fit the net.
        """
        if x.ndim != 4 or tuple(x.shape[1:]) != self.image_shape:
            expected = ", ".join(str(size) for size in self.image_shape)
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (N, {expected})")
        if t != int(t) or not 0 <= t < self.num_ts:
            raise ValueError(f"t is {t}, expected a whole number from 0 to {self.num_ts - 1}")
        noisy = x.detach().to(self.unet.device, self.unet.dtype)
        with torch.no_grad():
            classes = self._classes(cond, len(x))
            return self.unet(noisy, int(t), class_labels=classes, return_dict=False)[0].to(x)

    def variance(self, x: Tensor, t: int, t_prev: int, cond: Cond = None) -> Tensor:
        """The variance of equation A5, of the shape of x, whatever x and cond are."""
        here, there = self.alpha_bars[t].item(), self.alpha_bars[t_prev].item()
        return torch.full_like(x, (1 - there) / (1 - here) * (1 - here / there))

    def _classes(self, cond: Cond, count: int) -> Tensor | None:
        known = self.unet.class_embedding is not None
        if known != (cond is not None):
            expected = "a class: the net has learned no answer without" if known else "None"
            raise ValueError(f"cond is {cond!r}, expected {expected}")
        if cond is None:
            return None
        return torch.as_tensor(cond, device=self.unet.device).expand(count)


def load_unet2d(
    source: str | Path,
    device: torch.device | str | None = None,
    local_files_only: bool = False,
) -> UNet2D:
    """The model of a pipeline of diffusers, such as a `DDPMPipeline`.

    Args:
        source: its name on Hugging Face, or its folder.
        device: None for the GPU if there is one, else the CPU.
        local_files_only: use no network.

    Raises:
        NotLoaded: a library, the network or a file is missing, or it is no model of this kind.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    diffusers = library("diffusers")
    with loading(str(source)):
        pipeline = diffusers.DiffusionPipeline.from_pretrained(
            str(source), use_safetensors=True, local_files_only=local_files_only
        )
    unet: Any = getattr(pipeline, "unet", None)
    scheduler: Any = getattr(pipeline, "scheduler", None)
    if not isinstance(unet, diffusers.UNet2DModel):
        raise NotLoaded(f"{source} has a {type(unet).__name__} as its net, expected a UNet2DModel")
    predicts = getattr(scheduler, "config", {}).get("prediction_type", "epsilon")
    if predicts != "epsilon" or not hasattr(scheduler, "alphas_cumprod"):
        name = type(scheduler).__name__
        raise NotLoaded(f"{source} predicts {predicts!r} with {name}, expected noise and betas")
    return UNet2D(unet.to(device).eval(), scheduler.alphas_cumprod)


# end for
