"""The judge's own temporary folder: the payload, staged submissions, scratch space of workers.

It belongs to this process, and is removed when the process ends, however it ends (`janitor`).
"""

import os
import secrets
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

from .janitor import Janitor
from .payload import assemble


class JudgeFolder:
    """A temporary folder, the payload inside it and a janitor that outlives the judge."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        self.folder.chmod(0o711)  # a worker of another uid passes through, and cannot list it
        self.janitor = Janitor(self.folder)
        self.payload = assemble(self.folder / "payload")

    def new_folder(self, owner: int | None = None) -> Path:
        """An empty folder of its own; readable by the group `owner` alone where one is given.

        Its name says nothing: a worker may see it, and shall not know which worker it is.
        """
        folder = self.folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        if owner is not None:
            os.chown(folder, 0, owner)
            folder.chmod(0o750)
        return folder


@cache
def judge_folder() -> JudgeFolder:
    """The folder of this process."""
    return JudgeFolder()


def stage(submission: Path, folder: Path) -> Path:
    """Copy `diffusion/` out of `submission`: plain files only, so that a link leads nowhere.

    Modes allow whoever can enter `folder` to read.
    """
    source = submission / "diffusion"
    if not source.is_dir() or source.is_symlink():
        raise FileNotFoundError(f"{submission} holds no folder named diffusion")
    for root, folders, files in os.walk(source):
        folders[:] = [name for name in folders if name != "__pycache__"]
        target = folder / Path(root).relative_to(submission)
        target.mkdir(mode=0o755)
        target.chmod(0o755)
        for name in files:
            _copy(Path(root) / name, target / name)
    return folder


def _copy(source: Path, target: Path) -> None:
    if not stat.S_ISREG(source.lstat().st_mode):
        return
    shutil.copyfile(source, target, follow_symlinks=False)
    target.chmod(0o644)
