"""The recipes: each step of `--fast` with a prediction, and those among which the best is chosen.

The predictions were written before the first measurement, from a profile of one step at D = 64 on
one thread of a CPU with AVX-512 and bf16: convolutions take 84 % of plain training, BatchNorm 7 %,
GELU 4 %, Adam 1 %; of `--fast` training convolutions take 80 %, GELU 10 %, BatchNorm 5 %; of a pass
of `SamplingNet` convolutions take 83 %, GELU 14 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import torch

from autograder.experiments.trained_runs.reference import reference

from .ours import fast_recipe
from .workload import COMPILED, GRAPHS, Recipe

LAYOUT = "about 1.2×: convolutions are 84 % and stop reordering their arguments"
BF16 = "about 1.7×: convolutions are 80 % or more, and take half as long"
FUSED = "1.01×: Adam is 1 % (more where a net is small or launches of kernels count)"
RESIDENT = "1.00–1.02×: one indexing in place of 128 items, about 1 ms a step (more on a GPU)"
COMPILE_TRAINING = "at most 1.15×: GELU and BatchNorm are 15 % and could be fused"
FOLDED = "about 1.06×: BatchNorm is 4–7 % and goes"
STACKED = "1.0× on a CPU: the same arithmetic (more on a GPU, where a batch of 40 is small)"
COMPILE_SAMPLING = "at most 1.15×: GELU is 14 % and could be fused"
CUDA_GRAPHS = "1.5× or more where the launches of kernels, not the kernels, take the time"


@dataclass(frozen=True)
class Step:
    """One row of the table."""

    change: str
    prediction: str
    recipe: Recipe


def steps(kind: str, device: torch.device, compiles: bool) -> list[Step]:
    """From plain to `--fast`, and beyond it, one change a row."""
    fast = fast_recipe(kind, device)
    layout = ("channels_last", LAYOUT, {"channels_last": True})
    bf16 = ("bf16 autocast", BF16, {"dtype": fast.dtype})
    if kind == "training":
        changes = [
            layout,
            bf16,
            ("fused Adam", FUSED, {"fused": True}),
            ("digits on the device", RESIDENT, {"resident": True}),
            ("torch.compile", COMPILE_TRAINING, {"compiled": COMPILED}),
        ]
    else:
        changes = [
            layout,
            ("BatchNorm folded", FOLDED, {"folded": True}),
            bf16,
            ("one stacked pass", STACKED, {"stacked": True}),
            ("torch.compile", COMPILE_SAMPLING, {"compiled": COMPILED}),
            ("CUDA graphs", CUDA_GRAPHS, {"compiled": GRAPHS}),
        ]
    rows = [Step("plain", "", Recipe())]
    for change, prediction, fields in changes:
        recipe = replace(rows[-1].recipe, **fields)
        able = compiles and (recipe.compiled != GRAPHS or device.type == "cuda")
        if recipe == rows[-1].recipe or (recipe.compiled and not able):
            continue
        beyond = any(row.recipe == fast for row in rows)
        note = " (= `--fast`)" if recipe == fast else " (not in `--fast`)" if beyond else ""
        rows.append(Step(f"{change}{note}", prediction, recipe))
    return rows


def candidates(kind: str, device: torch.device, ours: bool) -> Iterator[Recipe]:
    """The recipes among which the best one of a contender is chosen, not yet compiled."""
    dtypes = dict.fromkeys((torch.float32, reference("runs.fast").precision(device)))
    for dtype, channels_last in product(dtypes, (False, True)):
        recipe = Recipe(dtype, channels_last)
        if kind == "training":
            yield replace(recipe, fused=True, resident=True)
        else:
            yield replace(recipe, folded=ours and channels_last)
            yield replace(recipe, folded=ours and channels_last, stacked=True)
