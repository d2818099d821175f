"""Muon: an optimizer that trains the net of the digits' check in a third of Adam's steps.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024. The momentum of a
weight, as a matrix, is replaced by the nearest matrix with equal singular values, so that rare
directions are learned as quickly as frequent ones.
"""

from collections.abc import Iterable

import torch

Tensor = torch.Tensor
QUINTIC = (3.4445, -4.7750, 2.0315)  # Jordan et al.: steep at 0; singular values end near 1


def orthogonalised(matrices: Tensor, iterations: int = 5) -> Tensor:
    """Push all singular values of each matrix (B, R, C) towards 1 by Newton-Schulz iterations."""
    a, b, c = QUINTIC
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """For weights of two dimensions and more, (R, ...) read as R x C matrices; float32."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.9):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        """Move every weight that has a gradient; weights of one shape in one go."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    shapes.setdefault(weight.shape, []).append((weight, weight.grad))
            for shape, moving in shapes.items():
                weights = [weight for weight, _ in moving]
                gradients = torch.stack([grad.reshape(len(grad), -1) for _, grad in moving])
                states = [self.state[weight] for weight in weights]  # some may be new to it
                for state, gradient in zip(states, gradients, strict=True):
                    state.setdefault("momentum", torch.zeros_like(gradient))
                mean = torch.stack([state["momentum"] for state in states])
                mean.lerp_(gradients, 1 - group["momentum"])
                for state, own in zip(states, mean, strict=True):
                    state["momentum"] = own
                moves = orthogonalised(gradients.lerp(mean, group["momentum"]))
                rows, columns = moves.shape[1:]
                scale = -group["lr"] * max(1.0, rows / columns) ** 0.5
                for weight, move in zip(weights, moves, strict=True):
                    weight.add_(move.reshape(shape), alpha=scale)
