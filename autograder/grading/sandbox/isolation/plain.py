"""`--isolation none`: a plain process. It survives crashes and keeps time; it holds nobody in."""

import sys
from pathlib import Path

from autograder.grading.sandbox.interpreter import package_paths
from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.quarters import Quarters

from .base import Cage, Isolation, environment


class PlainCage(Cage):
    """A process group."""

    def started(self, pid: int) -> None:
        judge_folder().janitor.watch(group=pid)

    def end(self, pid: int) -> None:
        judge_folder().janitor.end(group=pid)
        super().end(pid)


class Plain(Isolation):
    """No isolation: for code that one trusts, and for machines without a sandbox."""

    name = "none"
    of_record = False
    lends_gpu = True

    @property
    def own_uid(self) -> bool:
        return False

    def prepare(self) -> None:
        """Works everywhere."""

    def _cage(self, quarters: Quarters, submission: Path, limits: Limits) -> Cage:
        scratch = quarters.folder / "scratch"
        scratch.mkdir()
        return PlainCage(
            quarters=quarters,
            command=[],
            interpreter=sys.executable,
            harness=str(judge_folder().harness),
            submission=str(submission),
            scratch=str(scratch),
            env=environment(str(scratch), limits.threads),
            packages=[str(path) for path in package_paths()],
            base_prefix=sys.base_prefix,
            # Not even the limits: NPROC would count all processes of whoever runs this.
            settings={"rlimits": {}},
        )
