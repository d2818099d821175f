"""A zip with few tasks and short limits, and an image of it in which this Python is set up."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from autograder.authoring.release.gradescope import autograder_zip_files
from autograder.authoring.release.zips import zip_bytes
from autograder.config import Course
from autograder.tests.support.course import course
from autograder.tests.support.gradescope.folder import place
from autograder.tests.support.gradescope.groups import Groups
from autograder.tests.support.gradescope.harness import MIB, Limits, Outcome, grade, metadata
from autograder.tests.support.gradescope.image import Image, base, with_environment, workplace

__all__ = ["course", "place"]

TASKS = ("denoiser", "schedule", "hidden_schedule")
ROOMY = 4096 * MIB  # the CUDA build of torch needs more than the platform's builds
ROOMY_LIMITS = Limits(ROOMY, 2.0, 240)


ImageOf = Callable[[float], Image]


@pytest.fixture(scope="session")
def image_of(
    grading_run, course: Course, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ImageOf]:
    """An image of a zip for a few tasks, by the seconds that a check of `ddpm.py` may take."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("imitating the platform takes root on Linux")
    files, executable = autograder_zip_files(course)
    left_out = ", ".join(name for name in course.auto_tasks if name not in TASKS)
    text = files["grading.yaml"].decode()
    text = re.sub(r"^gradescope: .*$", f"gradescope: {{leave_out: [{left_out}]}}", text, flags=re.M)
    with workplace() as folder:
        below = base(Path(folder), None)

        @cache
        def image_of(time_limit: float) -> Image:
            changed = text.replace("file: ddpm.py,", f"file: ddpm.py, time_limit: {time_limit},")
            path = tmp_path_factory.mktemp("zip") / "autograder.zip"
            path.write_bytes(zip_bytes(files | {"grading.yaml": changed.encode()}, executable))
            return with_environment(below, path, Path(sys.prefix), Path(folder, str(time_limit)))

        yield image_of


@pytest.fixture(scope="session")
def bounded() -> None:
    """Skips what needs control groups where none can be made."""
    groups = Groups.made(ROOMY, 1.0)
    made = groups.bounded
    groups.remove()
    if not made:
        pytest.skip("no control groups can be made here")


Hand = Callable[..., Outcome]


@pytest.fixture(scope="session")
def hand_in(image_of: ImageOf, course: Course, tmp_path_factory: pytest.TempPathFactory) -> Hand:
    """Hand something in and see what the platform makes of it."""
    due = course.assignments[0].due

    def hand_in(
        submission: Path,
        late: timedelta = timedelta(hours=-1),
        students: Sequence[str] = ("ada@example.edu",),
        later: dict[str, datetime] | None = None,
        limits: Limits = ROOMY_LIMITS,
        time_limit: float = 4.0,
    ) -> Outcome:
        told = metadata(due + late, due, students, later or {})
        image, run = image_of(time_limit), tmp_path_factory.mktemp("run")
        return grade(image, submission, told, run, limits)

    return hand_in
