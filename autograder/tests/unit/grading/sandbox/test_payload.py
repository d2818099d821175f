"""The list of files that run beside a submission."""

import ast

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox.payload import files_of


def test_what_the_payload_imports_of_itself_is_in_it():
    files = files_of(REPOSITORY)
    modules = {target.with_suffix("") for target in files.values()}
    packages = {target.parent for target in files.values()}
    missing = []
    for source, target in files.items():
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            place = target.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            names = [place] if node.module else [place / alias.name for alias in node.names]
            missing += [f"{target}: {name}" for name in names if name not in modules | packages]
    assert missing == []
