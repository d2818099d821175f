"""The judge's own temporary folder: the payload, staged submissions, scratch space of workers.

It belongs to this process, and is removed when the process ends, however it ends (`janitor`).
"""

import os
import secrets
import shutil
import stat
import tempfile
from functools import cache, partial
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
        set_modes(self.payload, of_folders=0o755, of_files=0o644)

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
    source, target = submission / "diffusion", folder / "diffusion"
    if not source.is_dir() or source.is_symlink():
        raise FileNotFoundError(f"{submission} holds no folder named diffusion")
    plain = partial(shutil.copyfile, follow_symlinks=False)
    shutil.copytree(source, target, ignore=_not_plain, copy_function=plain)
    set_modes(target, of_folders=0o755, of_files=0o644)
    return folder


def _not_plain(folder: str, names: list[str]) -> list[str]:
    """Byte code, links, devices: what `stage` does not copy."""
    modes = {name: Path(folder, name).lstat().st_mode for name in names}
    return [
        name
        for name, mode in modes.items()
        if name == "__pycache__" or not (stat.S_ISDIR(mode) or stat.S_ISREG(mode))
    ]


def set_modes(folder: Path, of_folders: int, of_files: int) -> None:
    """Give a folder and all below it these modes."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(of_folders if path.is_dir() else of_files)


def remove(folder: Path) -> None:
    """Remove a folder, in which there may be read-only ones."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
