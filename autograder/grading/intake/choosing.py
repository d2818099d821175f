"""Which notebook of a submission counts, and whether it or the modules beside it do."""

from collections.abc import Iterable

from checkkit.text import one_line

from .locating import Shelf, is_own_notebook
from .notebook import MAX_NOTEBOOK_BYTES, BadNotebook, Taken, as_given, take_notebook
from .submission import PACKAGE, BadSubmission, Submission
from .terms import Terms
from .trees import Tree

NOTEBOOK = f"{PACKAGE}.ipynb"
MOST_NOTEBOOKS = 8


def notebook_alone(tree: Tree, book: Shelf, terms: Terms) -> Submission:
    """The notebook of a submission that holds no modules.

    Raises:
        BadSubmission: it cannot be read, or several could be meant.
    """
    name, taken = _notebook(tree, book, terms)
    return _from_notebook(tree, taken, name, book.left_out)


def one_of_both(tree: Tree, modules: Submission, book: Shelf, terms: Terms) -> Submission:
    """The one that the course counts, unless that is as it was given and the other is not."""
    changed = not as_given(modules.files, terms.starter)
    by_rule = f"where both are handed in, hands_in: {terms.hands_in} of grading.yaml decides"
    py = f"the modules in {PACKAGE}/"
    if changed and terms.hands_in == "py":
        names = _shown(book.names)
        modules.remarks.append(f"{py} counted, {names} did not: {by_rule}")
        return modules
    name, taken = _notebook(tree, book, terms)
    if changed and not taken.touched:
        modules.remarks.append(f"{py} counted: {one_line(name)} is as it was given")
        return modules
    why = by_rule if changed else f"{py} are as they were given"
    submission = _from_notebook(tree, taken, name, book.left_out)
    submission.remarks.insert(0, f"{one_line(name)} counted: {why}")
    return submission


def _from_notebook(tree: Tree, taken: Taken, name: str, left_out: list[str]) -> Submission:
    submission = Submission(ignored=[n for n in left_out if n != name], of_cells=True)
    for file, content in taken.files.items():
        submission.take(tree.path, file, content)
    submission.remarks += [f"{one_line(name, 60)}: {words}" for words in taken.remarks]
    return submission


def _notebook(tree: Tree, book: Shelf, terms: Terms) -> tuple[str, Taken]:
    """The notebook with the assignment's cells, and what its cells make."""
    own = [name for name in book.names if is_own_notebook(name)]
    names = [NOTEBOOK] if NOTEBOOK in own else own or book.names
    if len(names) > MOST_NOTEBOOKS:
        raise BadSubmission(tree.path, f"holds {len(names)} notebooks; hand in one of them")
    found, problems = {}, {}
    for name in names:
        try:
            content = book.tree.read(name, MAX_NOTEBOOK_BYTES)
            found[name] = take_notebook(content, terms.starter, terms.names)
        except BadNotebook as error:
            problems[name] = str(error)
    if len(found) > 1:
        raise BadSubmission(
            tree.path, f"holds the assignment {len(found)} times ({_shown(found)}); hand in one"
        )
    if not found:
        name, problem = next(iter(problems.items()))
        raise BadSubmission(tree.path, f"{one_line(name)} {problem}")
    ((name, taken),) = found.items()
    if others := [other for other in book.names if other != name]:
        taken.remarks.insert(0, f"it counted, {_shown(others)} did not")
    return name, taken


def _shown(names: Iterable[str]) -> str:
    listed = [one_line(name, 60) for name in names]
    return ", ".join(listed[:3]) + (", ..." if len(listed) > 3 else "")
