"""The parts of the load test, each as figures for loadtest.json."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE
from autograder.grading.judging.checks import CheckInfo, collect_checks
from autograder.validation.known_bugs.entries import load_entries
from checkkit.runner.machine import processors

from .classroom import Member, make_class, wrong_outcomes
from .kills import kill_again_and_again
from .measuring import Cost, measure_grading
from .peers import TASKS, nbgrader, otter

SMALL_CLASS, SMALL_TASK = 12, "schedule"


def checks_of(only: Sequence[str] = ()) -> list[CheckInfo]:
    """The checks of these tasks, or of all, without those that train."""
    graded = set(only or load_course().auto_tasks)
    checks = collect_checks().checks
    return [check for check in checks if check.task in graded and not check.training]


def attacks() -> list:
    """Those that end quickly, and that a folder of any name can hold."""
    from autograder.validation.attacks.attack import load_attacks

    every = [attack for kind in load_attacks().values() for attack in kind]
    return [one for one in every if one.run == "quick" and not one.folder]


@dataclass(frozen=True)
class Parts:
    """The place where the parts work, a seed, and functions for the progress.

    `begins` is called with words, `done` with the number of submissions that are done.
    """

    place: Path
    seed: int
    begins: Callable[[str], None] = lambda words: None
    done: Callable[[float], None] = lambda submissions: None

    def whole_class(self, count: int, jobs: Sequence[int]) -> dict:
        """Grade the same class with each number of jobs; all must end as it should each time."""
        members = self._make_class("class", count, checks_of())
        paths = [member.path_in(self.place / "class") for member in members]
        runs = {}
        for number in jobs:
            self.begins(f"{count} submissions, {number} at once")
            output = self.place / f"class-jobs{number}"
            cost = measure_grading(paths, output, number)
            self.done(count)
            wrong = wrong_outcomes(members, output)
            runs[str(number)] = {
                **_each(cost, count),
                "per_minute": round(60 * count / cost.wall, 2),
                "right_outcomes": count - len(wrong),
                "wrong": wrong,
            }
        return {"submissions": count, "kinds": Counter(m.kind for m in members), "runs": runs}

    def kills(self, count: int, jobs: int) -> dict:
        """kill -9 so many times over a small class."""
        kinds, starts = ("bug", "variant", "starter", "unreadable"), []
        members = self._make_class("small", SMALL_CLASS, checks_of([SMALL_TASK]), kinds=kinds)

        def starting() -> None:
            starts.append(len(starts) + 1)
            self.begins(f"kill -9, start {starts[-1]}")
            self.done(starts[-1] <= count)

        paths = [member.path_in(self.place / "small") for member in members]
        place = self.place / "killed"
        return kill_again_and_again(paths, place, count, self.seed, jobs, [SMALL_TASK], starting)

    def beside_peers(self, count: int, otter_python: Path | None) -> dict:
        """The same packages through ours and through the peers; all must get full points."""
        packages = self._copies("packages", count)
        named = [(path.name, path / PACKAGE) for path in packages]
        self.begins(f"ours, {count} submissions of the small task set")
        ours = measure_grading(packages, self.place / "small-ours", 1, TASKS)
        figures: dict[str, Any] = {"submissions": count, "tasks": TASKS, "ours": _each(ours, count)}
        peers: dict[str, Callable] = {"nbgrader autograde": nbgrader}
        if otter_python is not None:
            peers["otter run"] = partial(otter, python=otter_python)
        for name, grade in peers.items():
            self.begins(name)
            points, cost = grade(self.place / name.partition(" ")[0], named)
            extremes = [min(points.values()), max(points.values())]
            figures[name] = {**_each(cost, count), "points": extremes}
        return figures

    def _make_class(self, name: str, count: int, checks: list[CheckInfo], **kinds) -> list[Member]:
        folder = self.place / name
        folder.mkdir(parents=True)
        return make_class(folder, count, self.seed, load_entries(), checks, attacks(), **kinds)

    def _copies(self, name: str, count: int) -> list[Path]:
        """The solution under several names."""
        places = [self.place / name / f"copy{number}" for number in range(count)]
        for place in places:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY.solution_package, place / PACKAGE, ignore=ignored)
        return places


def _each(cost: Cost, count: int) -> dict:
    return {
        "wall_seconds_each": round(cost.wall / count, 2),
        "cpu_seconds_each": round(cost.cpu / count, 2),
        "peak_mib": cost.peak >> 20,
    }


def environment() -> dict:
    """The machine and the version: the figures depend on them."""
    git = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(git, cwd=REPOSITORY.root, capture_output=True, text=True)
    return {
        "cores": processors(),
        "load_before": round(os.getloadavg()[0], 2),
        "version": done.stdout.strip() or None,
    }


def clean(figures: dict) -> bool:
    """Whether every outcome was right and nothing was lost, as far as was measured."""
    runs, killed = figures.get("class", {}).get("runs", {}), figures.get("kills", {})
    wrong = any(run["wrong"] for run in runs.values())
    return not wrong and not any(killed.get(key) for key in ("lost", "different", "left_behind"))
