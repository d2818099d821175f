"""Taking one submission: which of its files are taken, from where its package lies.

Of a submission only `diffusion/**/*.py` is taken, regular files alone, into memory and within
limits. Files of the package that lie flat, without the folder, are taken as if they lay in it. A
notebook counts as the modules that its cells make; where there are both, the course says which.
"""

from collections.abc import Mapping

from checkkit.text import one_line

from .left_behind import add_from_zips
from .locating import Place, is_own_notebook, notebooks_of, package_of, places_in_a_zip
from .misplaced import say_what_is_misplaced
from .naming import listed
from .notebook import MAX_NOTEBOOK_BYTES, BadNotebook, NotebookCells, take_notebook
from .package import changed, modules_of
from .policy import IntakePolicy
from .refusing import nothing_found
from .submission import PACKAGE, BadSubmission, Submission
from .trees import Tree

NOTEBOOK = f"{PACKAGE}.ipynb"
MOST_NOTEBOOKS = 8


def take(tree: Tree, policy: IntakePolicy) -> Submission:
    """Take the allow-listed files, also where one folder or one zip stands around them.

    Raises:
        BadSubmission: nothing can be taken; the message says why and what to hand in.
    """
    around, package, notebooks = tree, package_of(tree), notebooks_of(tree)
    if not package and not notebooks:
        package, notebooks = places_in_a_zip(tree, policy)
        around = next((place.tree for place in (package, notebooks) if place), tree)
    modules = modules_of(tree, package) if package else None
    if notebooks:
        submission = _one_of_both(tree, modules, notebooks, policy)
    elif modules is None:
        raise BadSubmission(tree.path, nothing_found(tree, policy))
    else:
        submission = modules
    add_from_zips(submission, around, policy)
    if not submission.files:
        raise BadSubmission(tree.path, f"has no Python file in its folder {PACKAGE}")
    say_what_is_misplaced(submission, (tree, around), policy)
    return submission


# ----------------------------------------------------------------------------------- notebooks


def _one_of_both(
    tree: Tree, modules: Submission | None, notebooks: Place, policy: IntakePolicy
) -> Submission:
    """The one that the course counts, unless that is as it was given and the other is not."""
    if modules is None or not modules.files:
        return _from_notebook(notebooks, *_notebook(tree, notebooks, policy))
    filled = changed(modules.files, policy)
    by_rule = f"if both are handed in, hands_in: {policy.hands_in} of grading.yaml decides"
    py = f"the modules in {PACKAGE}/"
    if filled and policy.hands_in == "py":
        modules.remarks.append(f"{py} were graded, {listed(notebooks.names)} not: {by_rule}")
        return modules
    name, taken = _notebook(tree, notebooks, policy)
    if filled and not taken.touched:
        modules.remarks.append(f"{py} were graded: {one_line(name)} is unchanged")
        return modules
    submission = _from_notebook(notebooks, name, taken)
    why = by_rule if filled else f"{py} are unchanged"
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
