"""One width measured: nets, peaks, each contender's best recipe, comparisons and the steps."""

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from types import ModuleType

import torch

from autograder.progress import Progress

from . import flops, gains, ours, theirs
from .timing import Arm, images_per_second, speedup, taking_turns
from .workload import COMPILED, Recipe, Workload

TRIES = 2  # for a choice among recipes; what is reported is measured in more rounds

# The arm that should be faster, the other, and the goal on a CPU.
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


@dataclass(frozen=True)
class Options:
    """What a run measures."""

    rounds: int
    with_theirs: bool
    compiles: bool


def measure(work: Workload, options: Options, progress: Progress) -> dict:
    """Everything about one width, as the file of results holds it."""
    at = f"D={work.D}"
    found: dict = {"D": work.D, "num_ts": work.num_ts}
    found["nets"] = flops.sizes(work.D, options.with_theirs)
    for kind in ("training", "sampling"):
        with progress.part(f"{at}: {kind}, the best recipe of each"):
            best = _best(kind, work, options)
        with progress.part(f"{at}: {kind}, ours beside theirs") as advance:
            compared = _compare(kind, work, options, best, advance)
        with progress.part(f"{at}: {kind}, what each step gives") as advance:
            steps = _steps(kind, work, options, advance)
        found[kind] = {**compared, "steps": steps}
    return found


PARTS_OF_A_WIDTH = 6


def _arms(contender: ModuleType, kind: str) -> Callable[[Workload, Recipe, str], Arm]:
    return getattr(contender, f"{kind}_arm")


# -------------------------------------------------------------------------- the best of a contender


def _best(kind: str, work: Workload, options: Options) -> dict[str, Recipe]:
    """The fastest recipe by contender."""
    contenders = {"ours": ours, **({"diffusers": theirs} if options.with_theirs else {})}
    return {
        name: _fastest(_arms(contender, kind), _choices(kind, contender, work), work, options)
        for name, contender in contenders.items()
    }


def _choices(kind: str, contender: ModuleType, work: Workload) -> list[Recipe]:
    if kind == "training":
        common, more = Recipe(fused=True, resident=True), lambda base: [base]
    else:
        common = Recipe()

        def more(base: Recipe) -> list[Recipe]:
            folds = contender is ours and base.channels_last
            base = replace(base, folded=folds)
            return [base, replace(base, stacked=True)]

    return gains.eager_choices(work.device, common, more)


def _fastest(arm_of: Callable, choices: list[Recipe], work: Workload, options: Options) -> Recipe:
    """The fastest of the eager recipes or, if it is faster still, the same compiled."""
    times = _quick_times(arm_of, choices, work)
    best = min(times, key=times.__getitem__)
    if options.compiles:
        compiled = replace(best, compiled=COMPILED)
        times = _quick_times(arm_of, [best, compiled], work)
        best = min(times, key=times.__getitem__)
    return best


def _quick_times(arm_of: Callable, recipes: list[Recipe], work: Workload) -> dict[Recipe, float]:
    arms = {recipe: arm_of(work, recipe, str(recipe)) for recipe in recipes}
    arms = {recipe: arm for recipe, arm in arms.items() if not _warmed_up(arm, recipe)}
    seconds = taking_turns(list(arms.values()), TRIES)
    return {recipe: min(seconds[arm.name]) for recipe, arm in arms.items()}


def _warmed_up(arm: Arm, recipe: Recipe) -> str | None:
    """Run an arm once; what went wrong, if a compiled one could not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of compilers, about their own future
        try:
            arm.run()
        except Exception as error:
            if not recipe.compiled:
                raise
            return f"{type(error).__name__}: {error}".partition("\n")[0]
    return None


# ------------------------------------------------------------------------------------- comparisons


def _compare(
    kind: str, work: Workload, options: Options, best: dict[str, Recipe], advance: Callable
) -> dict:
    """Arms of both contenders in turns, and the ratios of those that belong together."""
    torch.compiler.reset()
    fast = ours.fast_recipes(work.device)[kind == "sampling"]
    recipes = {"ours, plain": Recipe(), "ours, best": best["ours"], "ours, --fast": fast}
    arms = [_arms(ours, kind)(work, recipe, name) for name, recipe in recipes.items()]
    if options.with_theirs:
        plain = Recipe(stacked=kind == "sampling")
        added = {"diffusers, plain": plain, "diffusers, best": best["diffusers"]}
        arms += [_arms(theirs, kind)(work, recipe, name) for name, recipe in added.items()]
        if kind == "training":
            name = "diffusers, as its example trains"
            arms.append(theirs.training_arm(work, plain, name, example=True))
            added[name] = plain
        recipes |= added
    for arm in arms:
        _warmed_up(arm, recipes[arm.name])
    seconds = taking_turns(arms, options.rounds, lambda: advance(1 / len(arms) / options.rounds))
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
            {"first": a, "second": b, "goal": goal}
            | {"ratio": asdict(speedup(seconds[a], seconds[b]))}
            for a, b, goal in COMPARISONS[kind]
            if b in seconds
        ],
    }


# ------------------------------------------------------------------------------------------- steps


def _steps(kind: str, work: Workload, options: Options, advance: Callable) -> list[dict]:
    """The table of what each step gave: each row beside the row before and beside plain."""
    torch.compiler.reset()
    listed = getattr(gains, f"{kind}_steps")(work.device, options.compiles)
    arms = [_arms(ours, kind)(work, step.recipe, step.change) for step in listed]
    tried = {arm.name: _warmed_up(arm, step.recipe) for arm, step in zip(arms, listed, strict=True)}
    failed = {name: why for name, why in tried.items() if why}
    running = [arm for arm in arms if arm.name not in failed]
    runs = len(running) * options.rounds
    seconds = taking_turns(running, options.rounds, lambda: advance(1 / runs))
    plain, before, rows = seconds[listed[0].change], None, []
    for step in listed:
        row: dict = {"change": step.change, "prediction": step.prediction}
        if step.change in failed:
            rows.append(row | {"failed": failed[step.change]})
            continue
        own = seconds[step.change]
        row |= {"images_per_second": images_per_second(own), "seconds_per_image": own}
        row["over_plain"] = asdict(speedup(own, plain))
        row["over_before"] = asdict(speedup(own, before or plain))
        rows.append(row)
        before = own
    return rows
