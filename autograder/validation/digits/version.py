"""The version of the code on which the calibration of the digits rests."""

import ast
import hashlib
from functools import cache

from autograder.config.paths import REPOSITORY, Repository
from autograder.course.passages import shown
from autograder.validation.known_bugs.apply import edited, solution_files
from checkkit.runs.digits import Tier

from . import variants
from .methods import METHODS

SHARED = (
    Repository.digits_run,
    Repository.classifier_module,
    Repository.registration,
    Repository.muon,
)
LENGTH = 12  # hexadecimal digits: plenty for a handful of versions


def code_version(tier: Tier) -> str:
    """The start of the SHA-256 of all that a run of this tier depends on: variants, probes, judge,
    their data.

    Code for other methods does not count, in shared files the passages for their tasks; nor do
    comments, docstrings, layout and the limits. A change on the disk after the first call does not
    count either: this process runs the code that it has read.
    """
    return of_method(tier.method)


@cache
def of_method(name: str) -> str:
    """The version of the code that runs of a method of `METHODS` depend on."""
    method, digest = METHODS[name], hashlib.sha256()
    for variant in (*method.right, *method.wrong):
        files = edited(variant, solution_files(), variants.edits_of(variant))
        for module in method.modules:
            digest.update(f"{variant}/{module} {_meaning(files[module])}\n".encode())
    for path in (*SHARED, *method.paths):
        text = path.below(REPOSITORY.root).read_text(encoding="utf-8")
        digest.update(_meaning(shown(text, path.name, method.tasks)).encode())
    for data in (REPOSITORY.digits, REPOSITORY.classifier):
        digest.update(data.read_bytes())
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
