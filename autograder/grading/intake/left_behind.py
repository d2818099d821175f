"""Work of the assignment in a zip beside other files.

It gives what these lack, if nothing in it contradicts them. What would count for nothing is said to
the student and to staff.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from checkkit.text import one_line

from .locating import is_own_notebook, notebooks_of, package_of
from .naming import listed
from .notebook import MAX_NOTEBOOK_BYTES, BadNotebook, take_notebook
from .package import changed, modules_of
from .policy import IntakePolicy
from .submission import BadSubmission, Submission
from .trees import Tree, ending, nested
from .zips import zip_in

MOST_ZIPS = 8
MOST_NOTEBOOKS = 8  # in all zips together: parsing one may take a second


def add_from_zips(submission: Submission, tree: Tree, policy: IntakePolicy) -> None:
    """Take what the only zip with work in it has and the submission lacks, or say what it holds."""
    zips = [(place, name) for place, *_ in nested(tree) for name in ending(place.files, ".zip")]
    if len(zips) > MOST_ZIPS:
        submission.tell(f"{len(zips)} zips beside other files were not read: hand in none")
        return
    work, left = {}, iter(range(MOST_NOTEBOOKS))
    for place, name in zips:
        try:
            if files := _work_in(zip_in(place, name), submission, policy, left):
                work[name] = files
        except BadSubmission as error:
            submission.tell(f"{one_line(name)}, beside other files, was not read: {error.why}")
    for name, files in work.items():
        held = listed(path for path in files if changed({path: files[path]}, policy))
        fits = not submission.of_cells and submission.files.keys().isdisjoint(files)
        if len(work) == 1 and fits and held:
            submission.ignored = [n for n in submission.ignored if PurePosixPath(n).name != name]
            for path, content in files.items():
                submission.take(tree.path, path, content)
            submission.tell(f"{one_line(name)} lies beside other files; of it, {held} was graded")
        else:
            held = held or listed(files)
            submission.tell(f"{one_line(name)} was not taken, and holds {held}: hand in only one")


def _work_in(
    inner: Tree, submission: Submission, policy: IntakePolicy, left: Iterator[int]
) -> dict[str, bytes]:
    """What a zip has and the submission has not, if something of the assignment is filled in.

    As many notebooks are read as `left` has items.

    Raises:
        BadSubmission: it cannot be read, or holds more notebooks than that.
    """
    package, notebooks = package_of(inner), notebooks_of(inner)
    files = modules_of(inner, package).files if package else {}
    own = {
        path: content
        for path, content in files.items()
        if content not in (policy.starter.get(path), submission.files.get(path))
    }
    if any(changed({path: content}, policy) for path, content in own.items()):
        return own
    if notebooks is None:
        return {}
    for name in filter(is_own_notebook, notebooks.names):
        if next(left, None) is None:
            raise BadSubmission(inner.path, f"more than {MOST_NOTEBOOKS} notebooks lie in zips")
        content = notebooks.tree.read(name, MAX_NOTEBOOK_BYTES)
        try:
            if take_notebook(content, policy.contract).touched:
                return {} if content in submission.files.values() else {name: content}
        except BadNotebook:
            continue
    return {}
