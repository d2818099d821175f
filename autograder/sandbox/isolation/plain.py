"""`--isolation none`: a plain process. It survives crashes and keeps time; it holds nobody in."""

import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..interpreter import package_paths
from ..limits import Limits
from ..workspace import stage, workspace
from .base import Cage, Isolation, environment


@dataclass
class PlainCage(Cage):
    """A process group."""

    folder: Path | None = None

    def end(self, pid: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Plain(Isolation):
    """No isolation: for code that one trusts, and for machines without a sandbox."""

    name = "none"
    of_record = False

    def prepare(self) -> None:
        """Works everywhere."""

    def cage(self, submission: Path, limits: Limits, label: str) -> Cage:
        folder = workspace().new_folder(label)
        scratch = folder / "scratch"
        scratch.mkdir()
        (folder / "submission").mkdir()
        return PlainCage(
            command=[],
            interpreter=sys.executable,
            harness=str(workspace().harness),
            submission=str(stage(submission, folder / "submission")),
            scratch=str(scratch),
            env=environment(str(scratch), limits.threads),
            packages=[str(path) for path in package_paths()],
            base_prefix=sys.base_prefix,
            folder=folder,
        )
