"""Cells of a notebook with nbgrader's metadata (schema 3), one function for each kind."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

SCHEMA = 3


def slug(text: str) -> str:
    """A heading as part of an id: "2.2 The schedule" as "2-2-the-schedule"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].rstrip("-")


def text_cell(name: str, text: str) -> NotebookNode:
    """Words that students read and do not change."""
    return _marked(new_markdown_cell(text), f"text-{name}", locked=True)


def given_cell(grade_id: str, code: str) -> NotebookNode:
    """Code that students run and do not change; with a title of Colab's, it is folded away."""
    cell = new_code_cell(code)
    if code.startswith("# @title"):
        cell.metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    return _marked(cell, grade_id, locked=True)


def open_cell(grade_id: str, code: str) -> NotebookNode:
    """Code that students may change; nobody grades it, so nbgrader knows nothing of it."""
    cell = new_code_cell(code)
    cell.id = grade_id
    return cell


def code_cell(grade_id: str, code: str) -> NotebookNode:
    """Code that students write: an autograded answer."""
    return _marked(new_code_cell(code), grade_id, solution=True)


def check_cell(task: str, points: float, code: str) -> NotebookNode:
    """The checks of a task: an autograder test."""
    return _marked(new_code_cell(code), f"check-{task}", grade=True, locked=True, points=points)


def manual_cell(task: str, points: float, text: str) -> NotebookNode:
    """An answer in words: manually graded."""
    cell = new_markdown_cell(text)
    return _marked(cell, f"manual-{task}", grade=True, solution=True, points=points)


def _marked(
    cell: NotebookNode,
    grade_id: str,
    grade: bool = False,
    locked: bool = False,
    solution: bool = False,
    points: float | None = None,
) -> NotebookNode:
    cell.id = grade_id
    cell.metadata["nbgrader"] = {
        "schema_version": SCHEMA,
        "grade_id": grade_id,
        "grade": grade,
        "locked": locked,
        "solution": solution,
        "task": False,
        "cell_type": cell.cell_type,
        **({} if points is None else {"points": points}),
    }
    return cell
