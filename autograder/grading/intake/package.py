"""The Python files of one place of a submission, named as modules of the package."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from checkkit.cells import is_filled

from .locating import Place
from .policy import IntakePolicy
from .submission import MAX_ENTRIES, MAX_FILE_BYTES, PACKAGE, BadSubmission, Submission, allowed
from .trees import Tree


def modules_of(tree: Tree, package: Place) -> Submission:
    """The allowed files of a package, or of Python files that lie flat; `tree` is what errors name.

    Raises:
        BadSubmission: a file cannot be read or taken.
    """
    submission = Submission(ignored=list(package.left_out))
    files = _flat if package.names else _package
    for name, content in files(package, submission):
        submission.take(tree.path, name, content)
    return submission


def _flat(package: Place, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """The Python files of one folder, named as if that were the package."""
    for name in package.names:
        if allowed(place := PurePosixPath(PACKAGE, name)):
            yield str(place), package.tree.read(name, MAX_FILE_BYTES)
        else:
            submission.ignored.append(name)


def _package(package: Place, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """Every file below the package's folder that is allowed."""
    waiting, entries = [(PurePosixPath(PACKAGE), package.tree.enter(PACKAGE))], 0
    while waiting:
        place, tree = waiting.pop(0)
        entries += len(tree.kinds)
        if entries > MAX_ENTRIES:
            why = f"more than {MAX_ENTRIES:,} entries in {PACKAGE}/"
            raise BadSubmission(package.tree.path, why)
        for name, kind in tree.kinds.items():
            if kind == "file" and allowed(place / name):
                yield str(place / name), tree.read(name, MAX_FILE_BYTES)
            elif kind == "folder" and allowed(place / name / "any.py"):
                waiting.append((place / name, tree.enter(name)))
            else:
                submission.ignored.append(str(place / name))


def changed(files: Mapping[str, bytes], policy: IntakePolicy) -> bool:
    """Whether something is filled in."""
    return is_filled(
        {
            PurePosixPath(path).stem: as_text(content)
            for path, content in files.items()
            if path.count("/") == 1
        },
        policy.contract,
    )


def as_text(content: bytes) -> str:
    """A module as text in which every line can be found, whatever its encoding."""
    return content.decode(errors="replace").replace("\r", "\n")
