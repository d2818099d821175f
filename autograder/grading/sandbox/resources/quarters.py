"""What one worker occupies outside its cage: a folder, a user id, a control group."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.sandbox.errors import SandboxError
from autograder.grading.sandbox.judge_folder import judge_folder

from .cgroup import ControlGroup, make_group
from .limits import Limits
from .uids import Uid, claim_uid


@dataclass
class Quarters:
    """Occupied for one worker; the janitor clears them if the judge cannot."""

    folder: Path
    uid: Uid | None = None
    group: ControlGroup | None = None

    def joined(self, command: list[str]) -> list[str]:
        """The command, made to run in the control group."""
        return command if self.group is None else [*self.group.command(), *command]

    def clear(self) -> None:
        """Kill what still runs under the uid, delete the folder, let others have the rest.

        Raises:
            SandboxError: something would not end.
        """
        if self.uid is not None:
            if not judge_folder().janitor.end(uid=self.uid.number):
                raise SandboxError(f"processes of uid {self.uid.number} would not end")
            self.uid.release()
        if self.group is not None:
            self.group.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def occupy(limits: Limits, own_uid: bool) -> Quarters:
    """Quarters for a worker; with a uid of its own, the folder is readable to that uid's group.

    Raises:
        SandboxError: no uid is free.
    """
    if not own_uid:
        return Quarters(judge_folder().new_folder())
    uid = claim_uid()
    judge_folder().janitor.watch(uid=uid.number)
    group = make_group(limits)
    if group is not None:
        judge_folder().janitor.watch_folders(group.folders)
    return Quarters(judge_folder().new_folder(owner=uid.number), uid, group)
