"""Flow matching, called as DDPM is, so that one probe trains and samples with both."""

from typing import Any

import torch

Tensor = torch.Tensor


class _Guided:
    """The loss and the sampler with classes, with the arguments of those in `cfg`."""

    def __init__(self, diffusion: Any):
        self._diffusion = diffusion

    def ddpm_cfg_forward(
        self, unet: Any, schedule: Any, x_1: Tensor, c: Tensor, p_uncond: float, num_ts: int
    ) -> Tensor:
        """The loss of clean images x_1 (N, 1, H, W) of classes c (N,), a scalar."""
        return self._diffusion.flow.flow_cfg_forward(unet, x_1, c, p_uncond, num_ts)

    def ddpm_cfg_sample(
        self,
        unet: Any,
        schedule: Any,
        c: Tensor,
        img_hw: tuple[int, int],
        num_ts: int,
        guidance_scale: float,
        seed: int,
    ) -> tuple[Tensor, Tensor]:
        """Images (N, 1, H, W) of the classes c (N,), and those on the way."""
        return self._diffusion.flow.flow_cfg_sample(unet, c, img_hw, num_ts, guidance_scale, seed)


class _Flow:
    """A package with the nets of the submission, and its flow matching where DDPM would be."""

    def __init__(self, diffusion: Any):
        self.unet, self.cfg = diffusion.unet, _Guided(diffusion)


def called_as_ddpm(diffusion: Any, method: str) -> Any:
    """The package itself for the method "ddpm"; for "flow" one whose `cfg` is flow matching.

    What it calls of the submission is looked up when it is called, so that a stub is met there.
    """
    return _Flow(diffusion) if method == "flow" else diffusion
