"""Faster training and sampling: `--fast`. Given, nothing to fill in.

Your losses, loops and samplers are not changed, and their results differ by rounding only:

- bfloat16 in convolutions and matrix products, where the processor has it (autocast; weights,
  BatchNorm, loss and optimizer stay float32);
- channels_last, the layout that fast convolutions want;
- Adam in one fused kernel;
- all digits on the device, so that a batch is one indexing;
- for sampling, each BatchNorm folded into the convolution before it.

`make bench`, in the repository of the course, measures what each of them gives.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import cast

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, Dataset, TensorDataset

from . import LOSSES

Tensor = torch.Tensor
Convolution = nn.Conv2d | nn.ConvTranspose2d
ROUNDING = 1e-3  # folding may change a net's output by so much, relative to its largest value


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes in it natively, else float32."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:  # private functions: older versions lack them, and then nothing is gained or lost
        asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        native = device.type == "cpu" and any(getattr(torch.cpu, n, bool)() for n in asked)
    return torch.bfloat16 if native else torch.float32


def lower_precision(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """A context in which convolutions and matrix products compute in `dtype`."""
    enabled = dtype != torch.float32
    return torch.autocast(device.type, dtype if enabled else None, enabled=enabled)


# ---------------------------------------------------------------------------------------- training


class Resident(Dataset[tuple[Tensor, ...]]):
    """Digits that lie on a device; many indices give a whole batch at once."""

    def __init__(self, digits: TensorDataset, device: torch.device):
        self.tensors = tuple(one.to(device) for one in digits.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return tuple(one[index] for one in self.tensors)

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, ...]:
        at = torch.tensor(indices, device=self.tensors[0].device)
        return tuple(one[at] for one in self.tensors)


def resident(loader: DataLoader, device: torch.device) -> DataLoader:
    """The batches of `loader`, a loader of a `TensorDataset`, in the same order on the device."""
    return DataLoader(
        Resident(cast(TensorDataset, loader.dataset), device),
        loader.batch_size,
        sampler=loader.sampler,
        drop_last=loader.drop_last,
        collate_fn=lambda batch: batch,  # it is one already
        generator=loader.generator,
    )


@contextmanager
def fast_training(
    training: ModuleType, unet: nn.Module, dtype: torch.dtype | None = None
) -> Iterator[None]:
    """Within, the loops of `training` train `unet` faster.

    Args:
        training: the module with the loops; it calls the losses by their names.
        unet: changed to channels_last.
        dtype: of autocast; `precision` of the net's device where it is left out.
    """
    device = next(unet.parameters()).device
    dtype = dtype or precision(device)
    unet.to(memory_format=torch.channels_last)
    originals = {name: getattr(training, name) for name in LOSSES}

    def lowered(loss: Callable) -> Callable:
        @wraps(loss)
        def of_batch(*given, **named):
            with lower_precision(device, dtype):
                return loss(*given, **named)

        return of_batch

    hook, tries = register_optimizer_step_pre_hook(_fuse), torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True  # of several kernels, measure and take the quickest
    try:
        for name, loss in originals.items():
            setattr(training, name, lowered(loss))
        yield
    finally:
        hook.remove()
        torch.backends.cudnn.benchmark = tries
        for name, loss in originals.items():
            setattr(training, name, loss)


def _fuse(optimizer: torch.optim.Optimizer, *_) -> None:
    """Before its first step: let Adam take all its parameters in one go."""
    if isinstance(optimizer, torch.optim.Adam) and not optimizer.state:
        for group in optimizer.param_groups:
            if not any(group[other] for other in ("foreach", "capturable", "differentiable")):
                group["fused"] = True


# ---------------------------------------------------------------------------------------- sampling


class SamplingNet(nn.Module):
    """A trained net for your sampler: called as the net itself, returns float32.

    A copy of the net in eval mode and channels_last; on its first call, which shows what follows
    what, each BatchNorm that reads a convolution's output is folded into that convolution.
    """

    def __init__(self, unet: nn.Module, dtype: torch.dtype | None = None):
        super().__init__()
        self.device = next(unet.parameters()).device
        self.dtype = dtype or precision(self.device)
        self.unet = _copied(unet).eval().requires_grad_(False)
        self.unet.to(memory_format=torch.channels_last)
        self.folded: int | None = None  # how many BatchNorms; None before the first call

    def train(self, mode: bool = True) -> "SamplingNet":
        """Stay in eval mode, in which alone folding is right."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, *given, **named) -> Tensor:
        if self.folded is None:
            self.unet, self.folded = fold_batch_norms(self.unet, given, named)
        with lower_precision(self.device, self.dtype):
            return self.unet(*given, **named).float()


def fold_batch_norms(unet: nn.Module, given: tuple, named: dict) -> tuple[nn.Module, int]:
    """A copy of the net with BatchNorms folded, and how many; the net itself where that is wrong.

    Args:
        unet: in eval mode; left unchanged.
        given, named: arguments for one call of it, which shows who reads whose output.
    """
    folded = _copied(unet)
    pairs = _conv_and_norm(folded, given, named)
    new: dict[nn.Module, nn.Module] = {}
    for conv, norm in pairs:
        transposed = isinstance(conv, nn.ConvTranspose2d)
        new[conv] = nn.utils.fusion.fuse_conv_bn_eval(conv, norm, transposed)
        new[norm] = nn.Identity()
    for name, module in [*folded.named_modules(remove_duplicate=False)]:  # some have two names
        if module in new:
            folded.set_submodule(name, new[module])
    before, after = unet(*given, **named), folded(*given, **named)
    same = (after - before).abs().max() <= ROUNDING * before.abs().max()
    return (folded, len(pairs)) if same else (unet, 0)


def _copied(unet: nn.Module) -> nn.Module:
    """A deep copy; it shares activations that the net keeps as attributes: torch copies none."""
    held = [value for module in unet.modules() for value in vars(module).values()]
    kept = [one for one in held if isinstance(one, Tensor) and not one.is_leaf]
    return copy.deepcopy(unet, {id(one): one.detach() for one in kept})


def _conv_and_norm(
    unet: nn.Module, given: tuple, named: dict
) -> list[tuple[Convolution, nn.BatchNorm2d]]:
    """Each convolution and the BatchNorm that reads its output, in one call of the net."""
    made: list[tuple[Tensor, Convolution]] = []  # keeps outputs alive: `is` tells them apart
    called: list[nn.Module] = []  # every BatchNorm, once a call
    read: list[tuple[Convolution, nn.BatchNorm2d]] = []

    def after_conv(module, inputs, output) -> None:
        made.append((output, module))

    def before_norm(module, inputs, named_inputs) -> None:
        called.append(module)
        x = inputs[0] if inputs else named_inputs.get("input")
        read.extend((conv, module) for output, conv in made if output is x)

    hooks, norms = [], []
    for module in unet.modules():
        if isinstance(module, Convolution):
            hooks.append(module.register_forward_hook(after_conv))
        elif isinstance(module, nn.BatchNorm2d):
            norms.append(module)
            hooks.append(module.register_forward_pre_hook(before_norm, with_kwargs=True))
    unet(*given, **named)
    for hook in hooks:
        hook.remove()
    if not set(norms) <= set(called):
        return []  # another call may take the other branch, and read the same outputs there
    convs, reads = [conv for _, conv in made], [conv for conv, _ in read]
    return [
        (conv, norm)
        for conv, norm in read
        if convs.count(conv) == reads.count(conv) == called.count(norm) == 1
        and _foldable(conv, norm)
    ]


def _foldable(conv: Convolution, norm: nn.BatchNorm2d) -> bool:
    """Whether both are plain: weights that are not computed, statistics, no groups transposed."""
    plain = "weight" in dict(conv.named_parameters(recurse=False))
    fits = conv.groups == 1 or not isinstance(conv, nn.ConvTranspose2d)
    return plain and fits and norm.track_running_stats and not (conv.training or norm.training)
