"""Fresh weights under which every part of a network shows in its output.

At initialisation, a conditioning vector changes the output by a millionth and a BatchNorm does
next to nothing; weights of order 1 without scaling make activations explode and drown everything
else.
"""

import torch
from torch import nn


def randomise(net: nn.Module, seed: int) -> None:
    """Set every parameter and running statistic of `net` from `seed`, in place.

    Weights are N(0, 1/fan_in), biases N(0, 1/4), BatchNorm scales and variances uniform in [0.5,
    1.5].
    """
    random = torch.Generator().manual_seed(seed)

    def normal(tensor: torch.Tensor, std: float) -> None:
        tensor.copy_(torch.randn(tensor.shape, generator=random) * std)

    def about_one(tensor: torch.Tensor) -> None:
        tensor.copy_(torch.rand(tensor.shape, generator=random) + 0.5)

    with torch.no_grad():
        for module in net.modules():
            is_norm = isinstance(module, nn.modules.batchnorm._NormBase)
            for name, parameter in module.named_parameters(recurse=False):
                if parameter.ndim >= 2:
                    normal(parameter, _fan_in(module, parameter) ** -0.5)
                elif is_norm and name == "weight":
                    about_one(parameter)
                else:
                    normal(parameter, 0.5)
            if is_norm and module.running_mean is not None and module.running_var is not None:
                normal(module.running_mean, 0.3)
                about_one(module.running_var)


def pack(net: nn.Module) -> torch.Tensor:
    """All parameters of a net and the statistics of its BatchNorms, as one float32 vector."""
    return torch.cat([tensor.detach().float().cpu().reshape(-1) for tensor in _state(net)])


def unpack(net: nn.Module, values: torch.Tensor) -> None:
    """Put what `pack` has made into a net of the same class and size.

    Raises:
        ValueError: the net has another number of weights.
    """
    state = _state(net)
    sizes = [tensor.numel() for tensor in state]
    if sum(sizes) != len(values):
        raise ValueError(
            f"a new net has {sum(sizes)} weights, the trained one {len(values)}: make all layers "
            "in __init__"
        )
    with torch.no_grad():
        for tensor, part in zip(state, values.split(sizes), strict=True):
            tensor.copy_(part.reshape(tensor.shape))


def _state(net: nn.Module) -> list[torch.Tensor]:
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._NormBase)]
    statistics = [s for norm in norms for s in (norm.running_mean, norm.running_var)]
    return [*net.parameters(), *(s for s in statistics if s is not None)]


def _fan_in(module: nn.Module, weight: torch.Tensor) -> float:
    """How many inputs one output sums over."""
    if isinstance(module, nn.Embedding):
        return 1.0
    if weight.shape[2:] == (7, 7):  # Unflatten: it stands on a single pixel, whatever its stride
        return float(weight.shape[0])
    if isinstance(module, nn.ConvTranspose2d):
        taps = weight[0, 0].numel() / (module.stride[0] * module.stride[1])
        return weight.shape[0] * max(taps, 1.0)
    return float(weight[0].numel())
