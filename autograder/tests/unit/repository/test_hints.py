"""The hints of visible checks are for students."""

import ast

from autograder.config.paths import REPOSITORY


def test_no_hint_speaks_of_the_rate_of_false_failures():
    for file in sorted(REPOSITORY.checks.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert "false-fail" not in (ast.get_docstring(node) or "").lower(), node.name
