"""The parts of the load test, each as figures that can be written down."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.intake import PACKAGE
from autograder.grading.judging.checks import Check, collect_checks
from autograder.validation.known_bugs.entries import load_entries
from checkkit.runner.machine import processors

from . import ours
from .classroom import Member, make_class, paths_of
from .kills import kill_again_and_again
from .outcomes import wrong_outcomes
from .peers import TASKS, nbgrader, otter
from .watching import Spent, watched

Told = Callable[[str], None]
SMALL_CLASS, SMALL_TASK = 12, "schedule"
COPIES = 5


@dataclass(frozen=True)
class Setting:
    """Where the parts work, what they say while they do, and how many submissions are done."""

    place: Path
    seed: int
    told: Told = lambda words: None
    done: Callable[[float], None] = lambda submissions: None


def checks_of(only: Sequence[str] = ()) -> list[Check]:
    """The checks that run without those that train, of these tasks or of all."""
    graded = set(only or load_course().auto_tasks)
    found = collect_checks().checks
    return [check for check in found if check.task in graded and not check.training]


def attacks() -> list:
    """Those that come to nothing quickly, and that a folder of any name can hold."""
    from autograder.validation.attacks.attack import load_attacks

    every = [attack for kind in load_attacks().values() for attack in kind]
    return [one for one in every if one.run == "quick" and not one.folder]


# ---------------------------------------------------------------------------- the class, its time


def whole_class(setting: Setting, count: int, jobs: Sequence[int], label: str) -> dict:
    """Grade the same class with each number of jobs; all must end as it should each time."""
    folder = setting.place / label
    members = _class(setting, folder, count)
    runs = {}
    for number in jobs:
        setting.told(f"{count} submissions, {number} at once")
        output = setting.place / f"{label}-jobs{number}"
        run = ours.grade(folder, members, output, number)
        setting.done(count)
        wrong = wrong_outcomes(members, output)
        runs[str(number)] = {
            "per_minute": round(run.per_minute, 2),
            "wall_seconds": round(run.spent.wall, 1),
            "cpu_seconds_each": round(run.spent.cpu / count, 3),
            "peak_mib": run.spent.peak >> 20,
            "seconds_between": round(run.steady, 3),
            "minutes_for_500": round(run.seconds_for(500) / 60, 1),
            "right_outcomes": count - len(wrong),
            "wrong": wrong,
        }
    found = {"submissions": count, "kinds": Counter(m.kind for m in members), "runs": runs}
    if {"1", "2"} <= runs.keys():
        one, two = runs["1"]["wall_seconds"], runs["2"]["wall_seconds"]
        found["speedup_of_two_jobs"] = round(one / two, 2)
    return found


def _class(setting: Setting, folder: Path, count: int, **settings) -> list[Member]:
    folder.mkdir(parents=True)
    entries, known = load_entries(), attacks()
    checks = settings.pop("checks", None) or checks_of()
    return make_class(folder, count, setting.seed, entries, checks, known, **settings)


# ------------------------------------------------------------------- what isolation costs on top


def overhead(setting: Setting) -> dict:
    """CPU seconds of the checks alone, run in-process, and of grading one more submission."""
    setting.told("the checks alone")
    pytest = [sys.executable, "-m", "pytest", "-q", "--impl=solution", "-p", "no:cacheprovider"]
    pytest += [Repository.checks.name, Repository.hidden.name]
    alone = (
        watched(pytest, REPOSITORY.root).cpu
        - watched([*pytest, "--collect-only"], REPOSITORY.root).cpu
    )
    setting.told("the same checks, isolated")
    spent = {
        count: ours.grade_paths(
            _copies(setting.place / f"copies{count}", count), setting.place / f"over{count}", 1
        ).spent
        for count in (1, COPIES)
    }
    each = (spent[COPIES].cpu - spent[1].cpu) / (COPIES - 1)
    return {
        "checks_alone_cpu": round(alone, 2),
        "one_more_submission_cpu": round(each, 2),
        "overhead": round(each / alone - 1, 3),
        "start_cpu": round(spent[1].cpu - each, 2),
    }


def _copies(folder: Path, count: int) -> list[Path]:
    """The solution under several names."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = REPOSITORY.solution_package
    places = [folder / f"copy{number}" for number in range(count)]
    for place in places:
        shutil.copytree(source, place / PACKAGE, ignore=ignored)
    return places


# ----------------------------------------------------------------------------------- kills, peers


def kills(setting: Setting, count: int, jobs: int) -> dict:
    """kill -9 so many times over a small class."""
    folder = setting.place / "small"
    kinds = ("mutant", "variant", "starter", "unreadable")
    members = _class(setting, folder, SMALL_CLASS, checks=checks_of([SMALL_TASK]), kinds=kinds)
    starts = itertools.count(1)

    def started() -> None:
        setting.told(f"kill -9, start {(start := next(starts))}")
        setting.done(start <= count)

    found = kill_again_and_again(
        paths_of(folder, members),
        setting.place / "killed",
        count,
        setting.seed,
        jobs,
        [SMALL_TASK],
        started,
    )
    return {
        "kills": found.kills,
        "runs_that_came_to_an_end": found.runs + 1,
        "lost": found.lost,
        "different": found.different,
        "left_behind": found.left,
    }


def beside_peers(setting: Setting, count: int, otter_python: Path | None) -> dict:
    """The same packages through ours and through the peers; every one must get full points."""
    packages = _copies(setting.place / "packages", count)
    named = [(path.name, path / PACKAGE) for path in packages]
    setting.told(f"ours, {count} submissions of the small task set")
    run = ours.grade_paths(packages, setting.place / "small-ours", 1, TASKS)
    found = {"ours": _each(run.spent, count)}
    setting.told("nbgrader autograde")
    given = nbgrader(setting.place / "nbgrader", named)
    found["nbgrader autograde"] = {**_each(given.spent, count), "points": _range(given.points)}
    if otter_python is not None:
        setting.told("otter run")
        given = otter(otter_python, setting.place / "otter", named)
        found["otter run"] = {**_each(given.spent, count), "points": _range(given.points)}
    return {"submissions": count, "tasks": TASKS, **found}


def _each(spent: Spent, count: int) -> dict:
    return {
        "wall_seconds_each": round(spent.wall / count, 2),
        "cpu_seconds_each": round(spent.cpu / count, 2),
        "peak_mib": spent.peak >> 20,
    }


def _range(points: dict[str, float]) -> list[float]:
    return [min(points.values()), max(points.values())]


# ------------------------------------------------------------------------------------ environment


def environment() -> dict:
    """What the figures depend on."""
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return {
        "cores": processors(),
        "load_before": round(os.getloadavg()[0], 2),
        "version": version or None,
    }


def as_json(figures: dict) -> str:
    return json.dumps(figures, indent=1, default=list) + "\n"


def clean(figures: dict) -> bool:
    """Whether every outcome was right and nothing was lost, as far as was measured."""
    runs = [
        run
        for part in ("sample", "class")
        for run in figures.get(part, {}).get("runs", {}).values()
    ]
    killed = figures.get("kills", {})
    return not any(run["wrong"] for run in runs) and not any(
        killed.get(key) for key in ("lost", "different", "left_behind")
    )
