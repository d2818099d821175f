"""One width measured: nets, each contender's best recipe, comparisons and the steps."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import torch

from autograder.progress import Progress

from . import flops, ours, theirs
from .steps import candidates, steps
from .workload import (
    COMPILED,
    NUM_TS,
    Recipe,
    Run,
    Workload,
    images_per_second,
    speedup,
    take_turns,
)

TRIES = 2  # for a choice among recipes; the reported figures are measured in more rounds
PARTS_OF_A_WIDTH = 6

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
Advance = Callable[[float], None]


@dataclass(frozen=True)
class Options:
    """What a run measures."""

    rounds: int
    with_theirs: bool
    compiles: bool


def measure(work: Workload, options: Options, progress: Progress) -> dict:
    """Everything about one width, as the file of results holds it."""
    result: dict = {"D": work.D, "num_ts": NUM_TS}
    result["nets"] = flops.sizes(work.D, options.with_theirs)
    for kind in ("training", "sampling"):
        with progress.part(f"D={work.D}: {kind}, the best recipe of each"):
            best = {"ours, best": _best(kind, ours, work, options.compiles)}
            if options.with_theirs:
                best["diffusers, best"] = _best(kind, theirs, work, options.compiles)
        with progress.part(f"D={work.D}: {kind}, ours beside theirs") as advance:
            result[kind] = _compare(kind, work, options, best, advance)
        with progress.part(f"D={work.D}: {kind}, what each step gives") as advance:
            result[kind]["steps"] = _steps(kind, work, options, advance)
    return result


def _run_of(contender: ModuleType, kind: str, work: Workload, recipe: Recipe) -> Run:
    return getattr(contender, f"{kind}_run")(work, recipe)


def _best(kind: str, contender: ModuleType, work: Workload, compiles: bool) -> Recipe:
    """The fastest of the eager recipes or, if it is faster still, the same compiled."""
    eager = list(candidates(kind, work.device, contender is ours))
    best = _fastest(kind, contender, work, eager)
    if compiles:
        best = _fastest(kind, contender, work, [best, replace(best, compiled=COMPILED)])
    return best


def _fastest(kind: str, contender: ModuleType, work: Workload, recipes: Sequence[Recipe]) -> Recipe:
    runs = {str(recipe): _run_of(contender, kind, work, recipe) for recipe in recipes}
    able = [recipe for recipe in recipes if not _failure(runs[str(recipe)], recipe)]
    seconds = take_turns({str(recipe): runs[str(recipe)] for recipe in able}, TRIES)
    return min(able, key=lambda recipe: min(seconds[str(recipe)]))


def _failure(run: Run, recipe: Recipe) -> str | None:
    """Run once, to warm up; returns what went wrong, which only compiled ones may."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of compilers, about their own future
        try:
            run()
        except Exception as error:
            if not recipe.compiled:
                raise
            return f"{type(error).__name__}: {error}".partition("\n")[0]
    return None


def _compare(
    kind: str, work: Workload, options: Options, best: dict[str, Recipe], advance: Advance
) -> dict:
    """Both contenders in turns, and the ratios of those that belong together."""
    torch.compiler.reset()
    fast = ours.fast_recipe(kind, work.device)
    recipes = {"ours, plain": Recipe(), "ours, best": best["ours, best"], "ours, --fast": fast}
    runs = {name: _run_of(ours, kind, work, recipe) for name, recipe in recipes.items()}
    if options.with_theirs:
        plain = Recipe(stacked=kind == "sampling")
        added = {"diffusers, plain": plain, "diffusers, best": best["diffusers, best"]}
        runs |= {name: _run_of(theirs, kind, work, recipe) for name, recipe in added.items()}
        recipes |= added
        if kind == "training":
            name = "diffusers, as its example trains"
            runs[name] = theirs.training_run(work, plain, example=True)
            recipes[name] = plain
    for name, run in runs.items():
        _failure(run, recipes[name])
    share = 1 / len(runs) / options.rounds
    seconds = take_turns(runs, options.rounds, lambda: advance(share))
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


def _steps(kind: str, work: Workload, options: Options, advance: Advance) -> list[dict]:
    """The gain of each step: each row beside the row before and beside plain."""
    torch.compiler.reset()
    listed = steps(kind, work.device, options.compiles)
    runs = {step.change: _run_of(ours, kind, work, step.recipe) for step in listed}
    failures = {step.change: _failure(runs[step.change], step.recipe) for step in listed}
    runs = {change: run for change, run in runs.items() if not failures[change]}
    share = 1 / len(runs) / options.rounds
    seconds = take_turns(runs, options.rounds, lambda: advance(share))
    plain = before = seconds[listed[0].change]
    rows = []
    for step in listed:
        row: dict = {"change": step.change, "prediction": step.prediction}
        if failure := failures[step.change]:
            row["failed"] = failure
        else:
            own = seconds[step.change]
            row |= {"images_per_second": images_per_second(own), "seconds_per_image": own}
            row |= {"over_plain": speedup(own, plain), "over_before": speedup(own, before)}
            before = own
        rows.append(row)
    return rows
