"""What students hand in: the modules of a submission, in a folder, a zip, or a zip in a zip."""

import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE

Content = bytes | str
BASES = {"solution": REPOSITORY.solution_package, "starter": REPOSITORY.starter / PACKAGE}


def contents(
    base: str = "solution",
    *,
    only: Collection[str] = (),
    edits: Mapping[str, tuple[str, str]] | None = None,
    added: Mapping[str, str] | None = None,
    files: Mapping[str, Content] | None = None,
    below: str = "",
    **modules: str,
) -> dict[str, bytes]:
    """Name and content of each file of a submission.

    Args:
        base: whose modules it has, "solution" or "starter"; or "nothing".
        only: the modules that it has of those; all, if none is named.
        edits: module -> a text that stands there, and the one that takes its place.
        added: module -> what stands below its text.
        files: other files, or other contents, by their names below the submission's folder.
        below: a folder in which all of it lies.
        modules: module -> its whole text.
    """
    texts = {name: text for name, text in _texts(base).items() if not only or name in only}
    texts |= modules
    for name, (before, after) in (edits or {}).items():
        assert before in texts[name], f"{name} no longer has {before!r}"
        texts[name] = texts[name].replace(before, after)
    for name, text in (added or {}).items():
        texts[name] += text
    all_files = {f"{PACKAGE}/{name}.py": text for name, text in texts.items()} | dict(files or {})
    start = f"{below}/" if below else ""
    return {f"{start}{name}": _bytes(content) for name, content in all_files.items()}


def submission(folder: Path, base: str = "solution", **what) -> Path:
    """Write a submission with these `contents` to a folder, its package even if it is empty."""
    (folder / what.get("below", "") / PACKAGE).mkdir(parents=True, exist_ok=True)
    return make_folder(folder, contents(base, **what))


def make_folder(folder: Path, files: Mapping[str, Content]) -> Path:
    """A folder with these files; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(_bytes(content))
    return folder


def make_zip(
    path: Path | BinaryIO, entries: Mapping[str | zipfile.ZipInfo, Content], **options
) -> Path | BinaryIO:
    """A zip with these entries, whatever their names; return where it is."""
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def zipped(entries: Mapping[str | zipfile.ZipInfo, Content]) -> bytes:
    """A zip as a platform packs it into another."""
    content = io.BytesIO()
    make_zip(content, entries)
    return content.getvalue()


def _texts(base: str) -> dict[str, str]:
    """Module -> its text."""
    if base == "nothing":
        return {}
    return {path.stem: path.read_text(encoding="utf-8") for path in BASES[base].glob("*.py")}


def _bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content
