"""A net that records what an EDM sampler asks it, and answers so that D is a chosen image.

It also asks the submission for its own factors: a loss or a sampler that uses wrong ones waits.
"""

from typing import Any

import torch
from torch import nn

from .sampling import SpiedNet, time_net, unpack_samples

Tensor = torch.Tensor
FACTORS = ("c_skip", "c_out", "c_in", "c_noise")


class EdmSpy:
    """Looks over a sampler's shoulder; call k of `net()` is answered by
    (images[k] - on_x[k] x) / on_answer[k].

    Args:
        images: (K, N, 1, H, W); in later calls, the last one.
        on_x, on_answer: (K,).
    """

    def __init__(self, images: Tensor, on_x: Tensor, on_answer: Tensor):
        self.images = images.double()
        self.on_x, self.on_answer = on_x.tolist(), on_answer.tolist()
        self.inputs: list[Tensor] = []
        self.told: list[Tensor] = []
        self.counts = {"calls_in_train_mode": 0, "tracked_calls": 0, "calls_in_double": 0}

    def net(self) -> nn.Module:
        """The net that the sampler gets, which does not tell the images."""
        return time_net(self.answer)

    def answer(self, net: SpiedNet, x: Tensor, t: Tensor, *_: Tensor | None) -> Tensor:
        """Record one call of the net and answer it."""
        want = self.images.shape[1:]
        if x.shape != want:
            raise ValueError(
                f"the net was given x of shape {tuple(x.shape)}, expected all images, {tuple(want)}"
            )
        call = min(len(self.inputs), len(self.images) - 1)
        self.told.append(t)
        self.inputs.append(x.detach().clone().float())
        self.counts["calls_in_train_mode"] += net.training
        self.counts["calls_in_double"] += x.dtype != torch.float32
        answer = (self.images[call] - self.on_x[call] * x.detach().double()) / self.on_answer[call]
        reply = answer.to(x.dtype) * net.weight
        self.counts["tracked_calls"] += reply.requires_grad
        return reply

    def evidence(self, returned: Any) -> dict:
        """Evidence of one finished run, `returned` being what the sampler returned."""
        x_0, caches = unpack_samples(returned)
        count = len(self.images[0])
        nothing = self.images[:0].float(), torch.zeros(0, count, dtype=torch.float64)
        called = bool(self.inputs)
        return {
            "x_0": x_0,
            "caches": caches,
            "inputs": torch.stack(self.inputs) if called else nothing[0],
            "told": torch.stack(self.told) if called else nothing[1],
            **self.counts,
        }


def four_factors(returned: Any) -> dict[str, Any]:
    """The four tensors that `edm_precondition` returned, by name."""
    if not isinstance(returned, tuple | list) or len(returned) != 4:
        kind = type(returned).__name__
        what = f"{len(returned)} values" if isinstance(returned, tuple | list) else f"one {kind}"
        raise TypeError(f"edm_precondition returned {what}, expected {', '.join(FACTORS)}")
    return dict(zip(FACTORS, returned, strict=True))


def own_factors(diffusion: Any, sigma: Tensor, sigma_data: float) -> Tensor:
    """(4, K) float64, the submission's own factors at (K,) levels; NaN where there are none."""
    try:
        factors = diffusion.edm.edm_precondition(sigma.clone(), sigma_data)
        return torch.stack([one.detach().double().reshape(sigma.shape) for one in factors])
    except Exception:  # whatever is wrong with it is the business of its own checks
        return torch.full((4, len(sigma)), torch.nan, dtype=torch.float64)
