"""Probes and spies carry nothing but what exercises a submission."""

import ast
import importlib
import sys
from inspect import signature
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from checkkit.runner.probes import probe_source

ROOT = REPOSITORY.root
CHECKS = sorted([*ROOT.glob("tests/test_*.py"), *ROOT.glob("autograder/hidden/test_*.py")])
SPIES = sorted(ROOT.glob("checkkit/spies/*.py"))


def probes_of(path: Path) -> list:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name)
    named = [value for key, value in vars(module).items() if key.startswith("probe_")]
    return [probe for probe in named if next(iter(signature(probe).parameters)) == "diffusion"]


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_every_probe_is_closed_and_holds_no_table_of_numbers(path):
    for probe in probes_of(path):
        source = probe_source(probe).source
        numbers = [
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        ]
        assert len(numbers) <= 4, f"{probe.__name__} carries the numbers {numbers}"
        assert "assert" not in source, f"{probe.__name__} judges"


@pytest.mark.parametrize("path", SPIES, ids=lambda path: path.stem)
def test_spies_know_neither_oracles_nor_verdicts(path):
    tree = ast.parse(path.read_text())
    imported = [
        alias.name if isinstance(node, ast.Import) else "checkkit.spies." * node.level + node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    for name in imported:
        top = name.partition(".")[0]
        released = name == "checkkit.spies" or name.startswith("checkkit.spies.")
        assert released or top in ("torch", "numpy", "PIL") or top in sys.stdlib_module_names, name
