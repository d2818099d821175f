"""A submission laid over the starter, and the worker that runs it."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from autograder.config import Course
from autograder.course.starter import committed_starter, started_from
from autograder.grading.intake import Submission
from autograder.grading.review.notebook_reader import with_modules
from autograder.grading.sandbox import Isolation, SandboxedRunner
from autograder.grading.sandbox.judge_folder import judge_folder, remove, set_modes
from checkkit.runner.machine import SCARCE, memory

from .checks import is_hidden
from .job import Job

SHARE = 4  # times what this process holds


class Workspace:
    """A folder with the code of a job, a runner for its visible checks, one for its hidden checks,
    and a `twin` of the first for `review.differences`.

    What a hidden probe looks like never reaches the worker that answers visible ones, whose
    messages students read: each runner starts its own, and never while the other's lives. The
    first worker starts at once, and nobody waits for it.

    The submission of `job` has the modules that a notebook's cells make; `content` is the digest of
    what was handed in. `from_starter` names what
    was not handed in; of a notebook that can be read nothing is missing.

    Args:
        course: its starter lies below the submission, its names are used, and stubs stand for what
            files do not define.
    """

    def __init__(self, job: Job, isolation: Isolation, course: Course):
        self.content = job.submission.digest()
        starter, names, stubs = started_from(course), course.names, course.ownership.stubs
        if job.submission.of_cells:
            job = replace(job, submission=with_modules(job.submission, starter, isolation))
        self.job, self.from_starter = job, lacking(job.submission, starter)
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(
                laid_over(job.submission, judge_folder().folder, starter)
            )
            self.visible, self.hidden = (
                SandboxedRunner(self.folder, isolation, label=label, names=names, stubs=stubs)
                for label in ("visible", "hidden")
            )
            self.twin = SandboxedRunner(self.folder, isolation, label="twin", stubs=stubs)
            for runner in (self.hidden, self.visible, self.twin):
                stack.callback(runner.close)
            (self.hidden if job.hidden else self.visible).start()
            self._stack = stack.pop_all()

    def ready(self) -> bool:
        """Whether its worker has started."""
        return self.visible.ready() or self.hidden.ready()

    def start_twin(self) -> bool:
        """Start the twin before it is needed, unless memory is scarce; whether it has started."""
        own = getrusage(RUSAGE_SELF).ru_maxrss * 1024
        if memory() < max(SCARCE, SHARE * own):
            return True
        self.twin.start()
        return self.twin.ready()

    def end_visible(self) -> None:
        """End what has answered visible checks, and all that it started."""
        self.visible.close()
        self.twin.close()

    def runner_for(self, item: pytest.Item) -> SandboxedRunner:
        """The runner of a check; `CheckSession.runner_for`. The other one's worker ends."""
        wanted, other = self.visible, self.hidden
        if is_hidden(item):
            wanted, other = other, wanted
        other.close()
        wanted.wait()
        return wanted

    def close(self) -> None:
        """End the workers and all that they started, and remove the folder."""
        self._stack.close()


def lacking(submission: Submission, starter: Mapping[str, bytes] | None = None) -> tuple[str, ...]:
    """The modules that are the starter's own, since they were not handed in."""
    given = committed_starter() if starter is None else starter
    whole = submission.of_cells and submission.files
    return () if whole else tuple(name for name in given if name not in submission.files)


@contextmanager
def laid_over(
    submission: Submission, parent: Path | None = None, starter: Mapping[str, bytes] | None = None
) -> Iterator[Path]:
    """A fresh folder below `parent` that holds `diffusion/`, read-only, and is removed on leaving:
    the submission over the modules of `starter`, or over the committed one.

    The folder is readable to any user, since workers have a uid of their own, but its name is
    random and stands in a folder that only its owner can list.
    """
    given = committed_starter() if starter is None else starter
    outer = Path(tempfile.mkdtemp(prefix="overlay-", dir=parent))
    try:
        outer.chmod(0o711)
        folder = Path(tempfile.mkdtemp(dir=outer))
        for name, content in {**given, **submission.files}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        set_modes(folder, of_folders=0o555, of_files=0o444)
        yield folder
    finally:
        remove(outer)
