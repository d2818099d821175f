"""Cells of a notebook with nbgrader's metadata (schema 3)."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

SCHEMA = 3


def slug(text: str) -> str:
    """A heading as part of an id: "2.2 The schedule" as "2-2-the-schedule"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].rstrip("-")


def text_cell(name: str, text: str) -> NotebookNode:
    """Text that students read and do not change."""
    return graded(new_markdown_cell(text), f"text-{name}", locked=True)


def given_cell(grade_id: str, code: str) -> NotebookNode:
    """Code that students run and do not change; Colab folds it away where it has a title."""
    cell = new_code_cell(code)
    if code.startswith("# @title"):
        cell.metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    return graded(cell, grade_id, locked=True)


def check_cell(task: str, points: float, code: str) -> NotebookNode:
    """The checks of a task: an autograder test."""
    return graded(new_code_cell(code), f"check-{task}", grade=True, locked=True, points=points)


def graded(cell: NotebookNode, grade_id: str, **settings: bool | float) -> NotebookNode:
    """A cell that nbgrader knows.

    Args:
        cell: any cell.
        grade_id: its id.
        settings: `locked` where students do not change it, `solution` where they write it, `grade`
            with its `points` where it earns some.
    """
    cell.id = grade_id
    cell.metadata["nbgrader"] = {
        "schema_version": SCHEMA,
        "grade_id": grade_id,
        "grade": False,
        "locked": False,
        "solution": False,
        "task": False,
        "cell_type": cell.cell_type,
        **settings,
    }
    return cell
