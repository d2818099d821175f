"""From an entry to the package that a student would hand in."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.intake import PACKAGE

from .entries import HERE, Entry, Variant

ROOT = HERE.parents[1]


class EditsDoNotApply(ValueError):
    """The solution is no longer what the edits of an entry were written for."""


def solution_files(root: Path = ROOT) -> dict[str, str]:
    """Name and text of each file of the solution."""
    return _files(root / "solution" / PACKAGE)


def write_files(files: Mapping[str, str], folder: Path) -> Path:
    """Write a package of these files to `folder`/diffusion; return `folder`."""
    (folder / PACKAGE).mkdir(parents=True)
    for name, text in files.items():
        (folder / PACKAGE / name).write_text(text, encoding="utf-8")
    return folder


def stale_edits(entry: Entry, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Field and advice for all that keeps an entry from being applied to the solution."""
    files = solution_files(root)
    if isinstance(entry, Variant) and entry.folder is not None:
        own = _files(_folder(entry, root))
        if not own:
            yield "folder", f"autograder/mutants/right/{entry.folder}/ holds no .py file; add them"
        files |= own
    for number, edit in enumerate(entry.edits, 1):
        field, text = f"edit {number}", files.get(edit.file)
        if text is None:
            yield field, f"there is no {edit.file} in {PACKAGE}/; name one of its files"
            continue
        count = text.count(edit.find)
        if count == 0:
            yield field, f"{edit.file} no longer has {edit.find!r}; take the text from there anew"
        elif count > 1:
            yield field, f"{edit.file} has {edit.find!r} {count} times; add what stands around it"
        elif edit.find == edit.replace:
            yield field, "find and replace are the same; change one of them"
        files[edit.file] = text.replace(edit.find, edit.replace, 1)


def write_package(entry: Entry, folder: Path, root: Path = ROOT) -> Path:
    """Write the entry's package to `folder`/diffusion; return `folder`.

    Raises:
        EditsDoNotApply: an edit does not find its text exactly once.
    """
    stale = [f"{entry.name} > {field}: {advice}" for field, advice in stale_edits(entry, root)]
    if stale:
        raise EditsDoNotApply("\n".join(stale))
    files = solution_files(root)
    if isinstance(entry, Variant) and entry.folder is not None:
        files |= _files(_folder(entry, root))
    for edit in entry.edits:
        files[edit.file] = files[edit.file].replace(edit.find, edit.replace, 1)
    return write_files(files, folder)


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def _folder(entry: Variant, root: Path) -> Path:
    assert entry.folder is not None
    return root / "autograder" / "mutants" / "right" / entry.folder
