"""From an entry to the package that a student would hand in."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.intake import PACKAGE

from .entries import Edit, Entry, Variant


class EditsDoNotApply(ValueError):
    """The solution has changed since the edits of an entry were written."""


def solution_files(root: Path = REPOSITORY.root) -> dict[str, str]:
    """Name and text of each file of the solution."""
    return _files(Repository(root).solution_package)


def write_files(files: Mapping[str, str], folder: Path) -> Path:
    """Write a package of these files to `folder`/diffusion; return `folder`."""
    (folder / PACKAGE).mkdir(parents=True)
    for name, text in files.items():
        (folder / PACKAGE / name).write_text(text, encoding="utf-8")
    return folder


def edited(name: str, files: Mapping[str, str], edits: Sequence[Edit]) -> dict[str, str]:
    """These files after the edits of the entry called `name`, one after the other.

    Raises:
        EditsDoNotApply: an edit does not find its text exactly once; names entry, edit and file.
    """
    if stale := [f"{name} > {field}: {advice}" for field, advice in _stale(files, edits)]:
        raise EditsDoNotApply("\n".join(stale))
    files = dict(files)
    for edit in edits:
        files[edit.file] = files[edit.file].replace(edit.find, edit.replace)
    return files


def stale_edits(entry: Entry, root: Path = REPOSITORY.root) -> Iterator[tuple[str, str]]:
    """Field and advice for everything that keeps an entry from being applied to the solution."""
    if isinstance(entry, Variant) and entry.folder and not _own_files(entry, root):
        yield "folder", f"{Repository.right}/{entry.folder}/ holds no .py file; add them"
    yield from _stale(solution_files(root) | _own_files(entry, root), entry.edits)


def write_package(entry: Entry, folder: Path, root: Path = REPOSITORY.root) -> Path:
    """Write the entry's package to `folder`/diffusion; return `folder`.

    Raises:
        EditsDoNotApply: an edit does not find its text exactly once.
    """
    return write_files(package_files(entry, root), folder)


def package_files(entry: Entry, root: Path = REPOSITORY.root) -> dict[str, str]:
    """Name and text of each file of the entry's package.

    Raises:
        EditsDoNotApply: an edit does not find its text exactly once.
    """
    return edited(entry.name, solution_files(root) | _own_files(entry, root), entry.edits)


def _stale(files: Mapping[str, str], edits: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    files = dict(files)
    for number, edit in enumerate(edits, 1):
        field, text = f"edit {number}", files.get(edit.file)
        if text is None:
            yield field, f"there is no {edit.file} in {PACKAGE}/; name one of its files"
            continue
        count = text.count(edit.find)
        if count == 0:
            yield field, f"{edit.file} no longer has {edit.find!r}; copy the text from there again"
        elif count > 1:
            yield field, f"{edit.file} has {edit.find!r} {count} times; add the text around it"
        elif edit.find == edit.replace:
            yield field, "find and replace are the same; change one of them"
        files[edit.file] = text.replace(edit.find, edit.replace, 1)


def _own_files(entry: Entry, root: Path) -> dict[str, str]:
    """The whole files that a variant has in place of the solution's."""
    folder = entry.folder if isinstance(entry, Variant) else None
    return _files(Repository(root).right / folder) if folder else {}


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
