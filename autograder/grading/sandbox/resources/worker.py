"""What one worker occupies outside its sandbox: a folder, a user id, a control group."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.sandbox.errors import SandboxError
from autograder.grading.sandbox.judge_folder import judge_folder

from .cgroup import ControlGroup, make_group
from .limits import Limits
from .uids import claim_uid

# Where memory runs out, the kernel ends the worker, not the judge. gVisor has no such file.
EXPENDABLE = '{ echo 1000 > /proc/self/oom_score_adj; } 2> /dev/null; exec "$@"'


@dataclass
class WorkerResources:
    """Reserved for one worker; the janitor releases them if the judge cannot.

    `uid_lock` is the descriptor that keeps other judges from using the same user id.
    """

    folder: Path
    uid: int | None = None
    uid_lock: int = -1
    group: ControlGroup | None = None

    def prepared(self, command: list[str]) -> list[str]:
        """The command, made to run in the control group and to be the first to go without memory.

        Whoever sets `oom_score_adj` with the privilege to lower it sets how low it can get.
        """
        first = ["sh", "-c", EXPENDABLE, "sh", *command]
        return first if self.group is None else [*self.group.command(), *first]

    def kill(self) -> None:
        """Kill what runs under the user id.

        Raises:
            SandboxError: a process did not end.
        """
        if self.uid is not None and not judge_folder().janitor.end(uid=self.uid):
            raise SandboxError(f"processes of uid {self.uid} would not end")

    def release(self) -> None:
        """Kill what still runs under the user id, delete the folder, free the rest.

        Raises:
            SandboxError: a process did not end.
        """
        self.kill()
        if self.uid is not None:
            os.close(self.uid_lock)
        if self.group is not None:
            self.group.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def reserve(limits: Limits, own_uid: bool) -> WorkerResources:
    """Resources for a worker; with a user id of its own, only that id's group reads the folder.

    Raises:
        SandboxError: no user id is free.
    """
    if not own_uid:
        return WorkerResources(judge_folder().new_folder())
    uid, lock = claim_uid()
    janitor = judge_folder().janitor
    janitor.watch(uid=uid)
    group = make_group(limits)
    if group is not None:
        janitor.watch(folders=group.folders)
    return WorkerResources(judge_folder().new_folder(owner=uid), uid, lock, group)
