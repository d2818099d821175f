"""Muon moves each weight by its own momentum, whichever other weights have gradients."""

import torch

from checkkit.spies.muon import Muon


def moved(*, alone: bool, resting: tuple[set[int], ...]) -> list[torch.Tensor]:
    """Three weights of one shape after some steps, in each of which those of `resting` rest.

    Args:
        alone: whether each weight has an optimizer of its own.
    """
    torch.manual_seed(0)
    weights = [torch.randn(4, 3, 3, 3, requires_grad=True) for _ in range(3)]
    groups = [[weight] for weight in weights] if alone else [weights]
    optimizers = [Muon(group, lr=0.1) for group in groups]
    for rest in resting:
        for number, weight in enumerate(weights):
            weight.grad = None if number in rest else weight.detach() ** 3
        for optimizer in optimizers:
            optimizer.step()
    return [weight.detach() for weight in weights]


def test_a_weight_may_rest_while_others_of_its_shape_move():
    resting = ({1}, set(), {0}, {0, 1, 2}, {2}, set())
    together, alone = (moved(alone=one, resting=resting) for one in (False, True))
    for one, other in zip(together, alone, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
