"""Reading what a student handed in: a folder or a zip, of which nothing is trusted.

Of either only `diffusion/**/*.py` is taken, regular files alone, into memory and within limits.
Nothing is ever unpacked to where its own name says.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

PACKAGE = "diffusion"
FLAT = f"its Python files lie at the top; hand in the folder {PACKAGE}, not its content"

MAX_FILES = 200
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 5_000_000
MAX_ENTRIES = 20_000
MAX_ZIP_BYTES = 50_000_000


class BadSubmission(Exception):
    """A path that cannot be graded; the message names it and says why."""

    def __init__(self, path: Path, why: str):
        self.why = why
        super().__init__(f"{path}: {why}")


@dataclass
class Submission:
    """What was taken of a submission: file name -> content, and the names that were left out."""

    files: dict[str, bytes] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def take(self, path: Path, name: str, content: bytes) -> None:
        """Add one file.

        Raises:
            BadSubmission: it is too large, one too many, or the name was there before.
        """
        if len(content) > MAX_FILE_BYTES:
            raise BadSubmission(path, f"{name} is larger than {MAX_FILE_BYTES:,} bytes")
        if name.casefold() in {taken.casefold() for taken in self.files}:
            raise BadSubmission(path, f"{name} is there twice; hand in one of them")
        self.files[name] = content
        if len(self.files) > MAX_FILES:
            raise BadSubmission(path, f"more than {MAX_FILES} Python files in {PACKAGE}/")
        if sum(map(len, self.files.values())) > MAX_TOTAL_BYTES:
            raise BadSubmission(path, f"more than {MAX_TOTAL_BYTES:,} bytes in {PACKAGE}/")


def read_submission(path: Path) -> Submission:
    """Take the allow-listed files of a folder or zip, also where one folder stands around them.

    Raises:
        BadSubmission: nothing can be taken of it; the message says why.
    """
    try:
        if path.is_dir():
            submission = _read_folder(path)
        elif path.is_file():
            submission = _read_zip(path)
        else:
            raise BadSubmission(path, "there is no such folder or zip")
    except (OSError, ValueError) as error:
        raise BadSubmission(path, f"cannot be read: {error}") from None
    if not submission.files:
        raise BadSubmission(path, _nothing_found(submission.ignored))
    return submission


def _nothing_found(names: list[str]) -> str:
    """Why nothing was taken, in words that say what to hand in."""
    if any(name.endswith(".py") and "/" not in name for name in names):
        return FLAT
    inside = {name.partition(f"/{PACKAGE}/")[0] for name in names if f"/{PACKAGE}/" in name}
    if len(inside) > 1:
        found = ", ".join(sorted(inside)[:4])
        return f"holds a folder named {PACKAGE} in each of {found}; hand in one of them"
    return f"holds no Python file in a folder named {PACKAGE}"


def allowed(name: PurePosixPath) -> bool:
    """Whether a file of this name, seen from the submission's root, is taken."""
    *folders, last = name.parts
    return (
        folders[:1] == [PACKAGE]
        and last.endswith(".py")
        and all(_plain(part) for part in name.parts)
        and not any(part == "__pycache__" or part.endswith(".py") for part in folders)
    )


def _plain(part: str) -> bool:
    stem = part.removesuffix(".py")
    return stem.isidentifier() and stem.isascii() and len(stem) <= 100


# --------------------------------------------------------------------------------------- folders


def _read_folder(path: Path) -> Submission:
    root = path if _is_real_folder(path / PACKAGE) else path / _only_folder(path)
    submission = Submission()
    submission.ignored += sorted(entry.name for entry in os.scandir(root) if entry.name != PACKAGE)
    if not _is_real_folder(root / PACKAGE):
        raise BadSubmission(path, _no_package(path))
    entries = 0
    for folder, folders, names, folder_fd in os.fwalk(root / PACKAGE, follow_symlinks=False):
        entries += len(folders) + len(names)
        if entries > MAX_ENTRIES:
            raise BadSubmission(path, f"more than {MAX_ENTRIES:,} entries in {PACKAGE}/")
        folders.sort()
        for name in sorted(names):
            relative = PurePosixPath(Path(folder, name).relative_to(root))
            content = _regular_file(name, folder_fd) if allowed(relative) else None
            if content is None:
                submission.ignored.append(str(relative))
            else:
                submission.take(path, str(relative), content)
    return submission


def _no_package(path: Path) -> str:
    """Why a folder is no submission; whoever named a folder of many is told how to name them."""
    names = [entry.name for entry in path.iterdir()]
    many = [name for name in names if _is_real_folder(path / name / PACKAGE)]
    if len(many) > 1:
        return f"holds {len(many)} submissions, not one; name each: {path}/*"
    if any(name.endswith(".py") for name in names):
        return FLAT
    return f"holds no folder named {PACKAGE}"


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _only_folder(path: Path) -> str:
    """The folder that stands alone at the top, as zip programs leave it; "." if none does."""
    names = [entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
    names = [name for name in names if not _litter(name)]
    return names[0] if len(names) == 1 else "."


def _litter(name: str) -> bool:
    return name.startswith((".", "__"))


def _regular_file(name: str, folder_fd: int) -> bytes | None:
    """The content of a regular file; None for a link, a pipe, a device."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder_fd)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        return file.read(MAX_FILE_BYTES + 1)


# ------------------------------------------------------------------------------------------ zips


def _read_zip(path: Path) -> Submission:
    if path.stat().st_size > MAX_ZIP_BYTES:
        raise BadSubmission(path, f"is larger than {MAX_ZIP_BYTES:,} bytes; zip {PACKAGE}/ alone")
    if not zipfile.is_zipfile(path):
        raise BadSubmission(path, "is neither a folder nor a whole zip; hand it in again")
    submission = Submission()
    try:
        with zipfile.ZipFile(path) as archive:
            for name, entry in _entries(path, archive, submission):
                submission.take(path, name, _inflate(path, archive, entry))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
        raise BadSubmission(path, f"is a damaged zip: {error}") from None
    return submission


def _entries(
    path: Path, archive: zipfile.ZipFile, submission: Submission
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The entries to take, named as seen from the root; the others are noted as ignored."""
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(files) > MAX_ENTRIES:
        raise BadSubmission(path, f"more than {MAX_ENTRIES:,} entries")
    tops = {_top(entry) for entry in files if "/" in _slashes(entry)}  # folders, not files
    tops = {name for name in tops if not _litter(name)}
    nested = PACKAGE not in tops and len(tops) == 1
    for entry in files:
        name = _safe_name(entry)
        if name and nested:
            name = PurePosixPath(*name.parts[1:])
        if name is None or not name.parts or not allowed(name) or not _is_regular(entry):
            submission.ignored.append(entry.filename)
        else:
            yield str(name), entry


def _top(entry: zipfile.ZipInfo) -> str:
    return _slashes(entry).partition("/")[0]


def _slashes(entry: zipfile.ZipInfo) -> str:
    """The entry's name; some programs for Windows write its folders with backslashes."""
    return entry.filename.replace("\\", "/")


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath | None:
    """The entry's name, or None where it is absolute or climbs."""
    name = PurePosixPath(_slashes(entry))
    return None if name.is_absolute() or ".." in name.parts else name


def _is_regular(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG)


def _inflate(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One entry, never more of it than the limit, whatever its header claims."""
    if entry.flag_bits & 1:
        raise BadSubmission(path, "is encrypted; hand in a zip without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadSubmission(path, f"{entry.filename} is packed in a rare way; use an ordinary zip")
    if entry.file_size > MAX_FILE_BYTES:
        raise BadSubmission(path, f"{entry.filename} is larger than {MAX_FILE_BYTES:,} bytes")
    with archive.open(entry) as file:
        return file.read(MAX_FILE_BYTES + 1)
