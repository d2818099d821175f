"""The version of the code on which the calibration of the digits rests."""

import ast
import hashlib
from functools import cache

from autograder.config.paths import REPOSITORY
from autograder.validation.known_bugs.apply import edited, solution_files

from . import variants

MODULES = ("blocks.py", "unet.py", "ddpm.py", "cfg.py")  # what the check's probes use
LENGTH = 12  # hexadecimal digits: plenty for a handful of versions


@cache
def code_version() -> str:
    """The start of the SHA-256 of all that a run depends on: variants, probes, judge, their data.

    Comments, docstrings, layout and the limits do not count. A change on the disk after the first
    call does not count either: this process runs the code that it has read.
    """
    digest = hashlib.sha256()
    for name in variants.RIGHT | variants.WRONG:
        files = edited(name, solution_files(), variants.edits_of(name))
        for module in MODULES:
            digest.update(f"{name}/{module} {_meaning(files[module])}\n".encode())
    for path in (
        REPOSITORY.digits_run,
        REPOSITORY.classifier_module,
        REPOSITORY.registration,
        REPOSITORY.muon,
    ):
        digest.update(_meaning(path.read_text(encoding="utf-8")).encode())
    for path in (REPOSITORY.digits, REPOSITORY.classifier):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:LENGTH]


def _meaning(source: str) -> str:
    """A module without comments, docstrings and limits."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "limits"]
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            first.value.value = ""
    return ast.unparse(tree)  # `ast.dump` differs between versions of Python
