"""Taking one submission: which of its files are taken, from where its package lies.

Of a submission only `diffusion/**/*.py` is taken, regular files alone, into memory and within
limits. Files of the package that lie flat, without the folder, are taken as if they lay in it. A
notebook counts as the modules that its cells make; where there are both, the course says which.
"""

import contextlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from .choosing import notebook_alone, one_of_both
from .locating import Root, root_of, roots_in_a_zip, shelf_of
from .refusing import nothing_found
from .submission import MAX_ENTRIES, MAX_FILE_BYTES, PACKAGE, BadSubmission, Submission, allowed
from .terms import Terms
from .trees import Tree, ending


def take(tree: Tree, terms: Terms) -> Submission:
    """Take the allow-listed files, also where one folder or one zip stands around them.

    Raises:
        BadSubmission: nothing can be taken; the message says why and what to hand in.
    """
    with contextlib.ExitStack() as stack:
        root, book = root_of(tree), shelf_of(tree)
        if root is None and book is None:
            root, book = roots_in_a_zip(tree, stack)
        if root is None and book is None:
            raise BadSubmission(tree.path, nothing_found(tree))
        modules = _modules_of(tree, root) if root else None
        if book is None:
            assert modules is not None
            return _not_empty(tree, modules)
        if modules is None or not modules.files:
            return notebook_alone(tree, book, terms)
        return one_of_both(tree, modules, book, terms)


def _modules_of(tree: Tree, root: Root) -> Submission:
    submission = Submission(ignored=list(root.left_out))
    for name, content in _flat(root, submission) if root.flat else _package(root, submission):
        submission.take(tree.path, name, content)
    return submission


def _not_empty(tree: Tree, submission: Submission) -> Submission:
    if not submission.files:
        raise BadSubmission(tree.path, f"holds no Python file in its folder {PACKAGE}")
    return submission


def _flat(root: Root, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """The Python files of one folder, named as if that were the package."""
    for name in ending(root.tree.files, ".py"):
        if allowed(place := PurePosixPath(PACKAGE, name)):
            yield str(place), root.tree.read(name, MAX_FILE_BYTES)
        else:
            submission.ignored.append(name)


def _package(root: Root, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """Every file below the package's folder that is allowed."""
    waiting, entries = [(PurePosixPath(PACKAGE), root.tree.enter(PACKAGE))], 0
    while waiting:
        place, tree = waiting.pop(0)
        entries += len(tree.names)
        if entries > MAX_ENTRIES:
            raise BadSubmission(root.tree.path, f"more than {MAX_ENTRIES:,} entries in {PACKAGE}/")
        folders, files = set(tree.folders), set(tree.files)
        for name in tree.names:
            if name in files and allowed(place / name):
                yield str(place / name), tree.read(name, MAX_FILE_BYTES)
            elif name in folders and allowed(place / name / "any.py"):
                waiting.append((place / name, tree.enter(name)))
            else:
                submission.ignored.append(str(place / name))
