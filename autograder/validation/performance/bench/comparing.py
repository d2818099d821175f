"""One width measured: nets, each contender's best recipe, and comparisons."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from types import ModuleType

import torch

from autograder.experiments.trained_runs.reference import reference
from autograder.progress import Progress

from . import flops, ours, theirs
from .workload import (
    NUM_TS,
    Recipe,
    Run,
    Workload,
    images_per_second,
    speedup,
    take_turns,
)

TRIES = 2  # for a choice among recipes; the reported figures are measured in more rounds
PARTS_OF_A_WIDTH = 4

# The one that should be faster, the other, and the goal on a CPU.
COMMON = (
    ("ours, plain", "diffusers, plain", 1.5),
    ("ours, best", "diffusers, best", 1.5),
    ("ours, --fast", "ours, plain", 2.2),
)
COMPARISONS = {
    "training": (*COMMON, ("ours, --fast", "diffusers, as its example trains", 3.0)),
    # Their pipelines sample in fp32 with one stacked pass a step, which is their plain.
    "sampling": (*COMMON, ("ours, --fast", "diffusers, plain", 3.0)),
}


def measure(
    work: Workload, rounds: int, with_theirs: bool, compiles: bool, progress: Progress
) -> dict:
    """Everything about one width, as the file of results holds it.

    Args:
        rounds: how often each contender runs.
        with_theirs: measure diffusers too.
        compiles: try compiled recipes too.
    """
    result: dict = {"D": work.D, "num_ts": NUM_TS}
    result["nets"] = flops.sizes(work.D, with_theirs)
    for kind in ("training", "sampling"):
        with progress.part(f"D={work.D}: {kind}, the best recipe of each"):
            best = {"ours, best": _best(kind, ours, work, compiles)}
            if with_theirs:
                best["diffusers, best"] = _best(kind, theirs, work, compiles)
        with progress.part(f"D={work.D}: {kind}, ours beside theirs") as advance:
            result[kind] = _compare(kind, work, rounds, best, advance)
    return result


def _run_of(contender: ModuleType, kind: str, work: Workload, recipe: Recipe) -> Run:
    return getattr(contender, f"{kind}_run")(work, recipe)


def _best(kind: str, contender: ModuleType, work: Workload, compiles: bool) -> Recipe:
    """The fastest of the eager recipes or, if it is faster still, the same compiled."""
    eager = list(_candidates(kind, work.device, contender is ours))
    best = _fastest(kind, contender, work, eager)
    if compiles:
        best = _fastest(kind, contender, work, [best, replace(best, compiled=True)])
    return best


def _candidates(kind: str, device: torch.device, ours: bool) -> Iterator[Recipe]:
    """The recipes among which the best one of a contender is chosen, not yet compiled."""
    dtypes = dict.fromkeys((torch.float32, reference("runs.fast").precision(device)))
    for dtype, channels_last in product(dtypes, (False, True)):
        recipe = Recipe(dtype, channels_last)
        if kind == "training":
            yield replace(recipe, fused=True, resident=True)
        else:
            yield replace(recipe, folded=ours and channels_last)
            yield replace(recipe, folded=ours and channels_last, stacked=True)


def _fastest(kind: str, contender: ModuleType, work: Workload, recipes: Sequence[Recipe]) -> Recipe:
    runs = {str(recipe): _run_of(contender, kind, work, recipe) for recipe in recipes}
    able = [recipe for recipe in recipes if _warm_up(runs[str(recipe)], recipe)]
    seconds = take_turns({str(recipe): runs[str(recipe)] for recipe in able}, TRIES)
    return min(able, key=lambda recipe: min(seconds[str(recipe)]))


def _warm_up(run: Run, recipe: Recipe) -> bool:
    """Run once; whether it can: a compiled one may fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of compilers, about their own future
        try:
            run()
        except Exception:
            if not recipe.compiled:
                raise
            return False
    return True


def _compare(
    kind: str,
    work: Workload,
    rounds: int,
    best: dict[str, Recipe],
    advance: Callable[[float], None],
) -> dict:
    """Both contenders in turns, and the ratios of those that belong together."""
    torch.compiler.reset()
    fast = ours.fast_recipe(kind, work.device)
    recipes = {"ours, plain": Recipe(), "ours, best": best["ours, best"], "ours, --fast": fast}
    runs = {name: _run_of(ours, kind, work, recipe) for name, recipe in recipes.items()}
    if "diffusers, best" in best:
        plain = Recipe(stacked=kind == "sampling")
        added = {"diffusers, plain": plain, "diffusers, best": best["diffusers, best"]}
        runs |= {name: _run_of(theirs, kind, work, recipe) for name, recipe in added.items()}
        recipes |= added
        if kind == "training":
            name = "diffusers, as its example trains"
            runs[name] = theirs.training_run(work, plain, example=True)
            recipes[name] = plain
    for name, run in runs.items():
        _warm_up(run, recipes[name])
    share = 1 / len(runs) / rounds
    seconds = take_turns(runs, rounds, lambda: advance(share))
    return {
        "arms": {
            name: {
                "recipe": str(recipes[name]),
                "images_per_second": images_per_second(times),
                "seconds_per_image": times,
            }
            for name, times in seconds.items()
        },
        "comparisons": [
            {"first": a, "second": b, "goal": goal, "ratio": speedup(seconds[a], seconds[b])}
            for a, b, goal in COMPARISONS[kind]
            if b in seconds
        ],
    }
