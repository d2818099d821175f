"""Taking one submission: which of its files are taken, from where its package lies.

Of a submission only `diffusion/**/*.py` is taken, regular files alone, into memory and within
limits. Files of the package that lie flat, without the folder, are taken as if they lay in it. A
notebook counts as the modules that its cells make; where there are both, the course says which.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from checkkit.cells import is_filled
from checkkit.text import one_line

from .locating import Place, is_own_notebook, notebooks_of, package_of, places_in_a_zip
from .naming import listed
from .notebook import MAX_NOTEBOOK_BYTES, BadNotebook, NotebookCells, take_notebook
from .policy import IntakePolicy
from .refusing import nothing_found
from .submission import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    PACKAGE,
    BadSubmission,
    Submission,
    allowed,
    misnamed,
)
from .trees import Tree

NOTEBOOK = f"{PACKAGE}.ipynb"
MOST_NOTEBOOKS = 8


def take(tree: Tree, policy: IntakePolicy) -> Submission:
    """Take the allow-listed files, also where one folder or one zip stands around them.

    Raises:
        BadSubmission: nothing can be taken; the message says why and what to hand in.
    """
    package, notebooks = package_of(tree), notebooks_of(tree)
    if not package and not notebooks:
        package, notebooks = places_in_a_zip(tree)
    modules = _modules_of(tree, package, policy) if package else None
    if notebooks:
        return _one_of_both(tree, modules, notebooks, policy)
    if modules is None:
        raise BadSubmission(tree.path, nothing_found(tree))
    if not modules.files:
        raise BadSubmission(tree.path, f"has no Python file in its folder {PACKAGE}")
    return modules


# ------------------------------------------------------------------------------------- modules


def _modules_of(tree: Tree, package: Place, policy: IntakePolicy) -> Submission:
    submission = Submission(ignored=list(package.left_out))
    files = _flat if package.names else _package
    for name, content in files(package, submission):
        submission.take(tree.path, name, content)
    _say_what_is_misnamed(submission, policy)
    return submission


def _say_what_is_misnamed(submission: Submission, policy: IntakePolicy) -> None:
    """Of what was left out, the files that lack nothing but the right name; staff is told too.

    A copy beside a file of the right name counts for nothing if that is filled in.
    """
    for name in submission.ignored:
        if not (right := misnamed(PurePosixPath(name).name)):
            continue
        taken = submission.files.get(f"{PACKAGE}/{right}")
        if taken is None:
            words = f"{one_line(name)} was not taken: rename it to {right}"
        elif right.endswith(".py") and not _changed({f"{PACKAGE}/{right}": taken}, policy):
            words = f"{right} is unchanged, and {one_line(name)} was not taken: hand in only one"
        else:
            continue
        submission.remarks.append(words)
        submission.doubts.append(words)


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


def _changed(files: Mapping[str, bytes], policy: IntakePolicy) -> bool:
    """Whether something is filled in."""
    return is_filled(
        {
            PurePosixPath(path).stem: content.decode(errors="replace").replace("\r", "\n")
            for path, content in files.items()
            if path.count("/") == 1
        },
        policy.contract,
    )


# ----------------------------------------------------------------------------------- notebooks


def _one_of_both(
    tree: Tree, modules: Submission | None, notebooks: Place, policy: IntakePolicy
) -> Submission:
    """The one that the course counts, unless that is as it was given and the other is not."""
    if modules is None or not modules.files:
        return _from_notebook(notebooks, *_notebook(tree, notebooks, policy))
    changed = _changed(modules.files, policy)
    by_rule = f"if both are handed in, hands_in: {policy.hands_in} of grading.yaml decides"
    py = f"the modules in {PACKAGE}/"
    if changed and policy.hands_in == "py":
        modules.remarks.append(f"{py} were graded, {listed(notebooks.names)} not: {by_rule}")
        return modules
    name, taken = _notebook(tree, notebooks, policy)
    if changed and not taken.touched:
        modules.remarks.append(f"{py} were graded: {one_line(name)} is unchanged")
        return modules
    submission = _from_notebook(notebooks, name, taken)
    why = by_rule if changed else f"{py} are unchanged"
    submission.remarks.insert(0, f"{one_line(name)} was graded: {why}")
    return submission


def _from_notebook(notebooks: Place, name: str, taken: NotebookCells) -> Submission:
    ignored = [other for other in notebooks.left_out if other != name]
    submission = Submission({one_line(name, 60): taken.content}, ignored, of_cells=True)
    submission.remarks += [f"{one_line(name, 60)}: {remark}" for remark in taken.remarks]
    submission.doubts += taken.doubts
    return submission


def _notebook(tree: Tree, notebooks: Place, policy: IntakePolicy) -> tuple[str, NotebookCells]:
    """The notebook with the assignment's cells: one that is filled in, whatever it is called.

    Of several, the one with the assignment's own name counts; if others differ, staff is told.
    """
    own = [name for name in notebooks.names if is_own_notebook(name)]
    others = [name for name in notebooks.names if name not in own]
    problems: dict[str, str] = {}
    readable = _readable(notebooks.tree, own, policy, problems)
    if NOTEBOOK not in problems and not any(taken.touched for taken in readable.values()):
        readable |= _readable(notebooks.tree, others, policy, problems)
    if NOTEBOOK in problems or not readable:
        name = NOTEBOOK if NOTEBOOK in problems else next(iter(problems))
        raise BadSubmission(tree.path, f"{one_line(name)} {problems[name]}")
    filled = {name: taken for name, taken in readable.items() if taken.touched}
    return _chosen(tree, notebooks, filled or readable)


def _readable(
    tree: Tree, names: list[str], policy: IntakePolicy, problems: dict[str, str]
) -> dict[str, NotebookCells]:
    """Those of the assignment, by their names; `problems` gets why others are none."""
    if len(names) > MOST_NOTEBOOKS:
        raise BadSubmission(tree.path, f"holds {len(names)} notebooks; hand in one of them")
    readable = {}
    for name in names:
        try:
            content = tree.read(name, MAX_NOTEBOOK_BYTES)
            readable[name] = take_notebook(content, policy.contract)
        except BadNotebook as error:
            problems[name] = str(error)
    return readable


def _chosen(
    tree: Tree, notebooks: Place, alike: Mapping[str, NotebookCells]
) -> tuple[str, NotebookCells]:
    """One of the notebooks that are filled in, or of those that are not."""
    name = NOTEBOOK if NOTEBOOK in alike else next(iter(alike))
    taken = alike[name]
    differing = [other for other in alike if alike[other].content != taken.content]
    if differing and name != NOTEBOOK:
        why = f"holds the assignment {len(alike)} times ({listed(alike)}); hand in only one"
        raise BadSubmission(tree.path, why)
    if others := [other for other in notebooks.names if other != name]:
        taken.remarks.insert(0, f"it was graded, {listed(others)} not")
    if differing and taken.touched:
        taken.doubts.append(f"{name} was graded; {listed(differing)} is filled in too, and differs")
    return name, taken
