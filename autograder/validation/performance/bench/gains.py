"""What each step of `--fast` gives: recipes that differ by one thing, and a prediction of each.

The predictions were written before the first measurement, from a profile of one step at D = 64 on
one thread of a CPU with AVX-512 and bf16: convolutions take 84 % of plain training, BatchNorm 7 %,
GELU 4 %, Adam 1 %; of `--fast` training convolutions take 80 %, GELU 10 %, BatchNorm 5 %; of a pass
of `SamplingNet` convolutions take 83 %, GELU 14 %.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from autograder.experiments.trained_runs.reference import reference

from .workload import COMPILED, GRAPHS, Recipe


@dataclass(frozen=True)
class Step:
    """One row of the table."""

    change: str
    prediction: str
    recipe: Recipe


LAYOUT = "about 1.2×: convolutions are 84 % and stop reordering their arguments"
BF16 = "about 1.7×: convolutions are 80 % or more, and take half as long"
FUSED = "1.01×: Adam is 1 % (more where a net is small or launches of kernels count)"
RESIDENT = "1.00–1.02×: one indexing in place of 128 items, about 1 ms a step (more on a GPU)"
COMPILE_TRAINING = "at most 1.15×: GELU and BatchNorm are 15 % and could be fused"
FOLDED = "about 1.06×: BatchNorm is 4–7 % and goes"
STACKED = "1.0× on a CPU: the same arithmetic (more on a GPU, where a batch of 40 is small)"
COMPILE_SAMPLING = "at most 1.15×: GELU is 14 % and could be fused"
CUDA_GRAPHS = "1.5× or more where the launches of kernels, not the kernels, take the time"


def training_steps(device: torch.device, compiles: bool) -> list[Step]:
    """From plain training to `--fast`, and what lies beyond it."""
    rows = _Rows()
    rows.add("channels_last", LAYOUT, channels_last=True)
    _add_precision(rows, device)
    rows.add("fused Adam", FUSED, fused=True)
    rows.add("digits on the device (= `--fast`)", RESIDENT, resident=True)
    if compiles:
        rows.add("torch.compile (not in `--fast`)", COMPILE_TRAINING, compiled=COMPILED)
    return rows.steps


def sampling_steps(device: torch.device, compiles: bool) -> list[Step]:
    """From plain guided sampling to `--fast`, and what lies beyond it."""
    rows = _Rows()
    rows.add("channels_last", LAYOUT, channels_last=True)
    rows.add("BatchNorm folded", FOLDED, folded=True)
    _add_precision(rows, device)
    rows.steps[-1] = replace(rows.steps[-1], change=f"{rows.steps[-1].change} (= `--fast`)")
    rows.add("one stacked pass (not in `--fast`)", STACKED, stacked=True)
    if compiles:
        rows.add("torch.compile (not in `--fast`)", COMPILE_SAMPLING, compiled=COMPILED)
    if compiles and device.type == "cuda":
        rows.add("CUDA graphs (not in `--fast`)", CUDA_GRAPHS, compiled=GRAPHS)
    return rows.steps


class _Rows:
    """Each row is the row before with a change."""

    def __init__(self) -> None:
        self.steps = [Step("plain", "", Recipe())]

    def add(self, change: str, prediction: str, **changed: object) -> None:
        recipe = replace(self.steps[-1].recipe, **changed)
        self.steps.append(Step(change, prediction, recipe))


def _add_precision(rows: _Rows, device: torch.device) -> None:
    dtype = reference("runs.fast").precision(device)
    if dtype != torch.float32:
        rows.add("bf16 autocast", BF16, dtype=dtype)


def eager_choices(
    device: torch.device, common: Recipe, more: Callable[[Recipe], list[Recipe]]
) -> list[Recipe]:
    """The small set from which a contender's best configuration is chosen, not yet compiled."""
    dtypes = dict.fromkeys((torch.float32, reference("runs.fast").precision(device)))
    layouts = (False, True)
    bases = [replace(common, dtype=d, channels_last=c) for d in dtypes for c in layouts]
    return [recipe for base in bases for recipe in more(base)]
