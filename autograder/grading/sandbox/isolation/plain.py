"""`--isolation none`: a plain process. It survives crashes and keeps time limits, but confines
nothing.
"""

import sys
from pathlib import Path

from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.worker import WorkerResources

from .base import Confinement, Isolation, environment


class Plain(Isolation):
    """No isolation: for code that one trusts, and for machines without a sandbox."""

    name = "none"
    of_record = False
    lends_gpu = True

    def confine(self, resources: WorkerResources, submission: Path, limits: Limits) -> Confinement:
        scratch = resources.folder / "scratch"
        scratch.mkdir()
        return Confinement(
            command=[],
            interpreter=sys.executable,
            payload=str(judge_folder().payload),
            submission=str(submission),
            scratch=str(scratch),
            env=environment(str(scratch), limits.threads),
            base_prefix=sys.base_prefix,
            # Not even the limits: NPROC would count all processes of whoever runs this.
            settings={"rlimits": {}},
        )

    def started(self, pid: int) -> None:
        judge_folder().janitor.watch(group=pid)

    def kill(self, pid: int) -> None:
        judge_folder().janitor.end(group=pid)
        super().kill(pid)
