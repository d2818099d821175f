"""Checks a submission with the rules of grading before it is handed in; part of `submit.py`."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from print_notebook import NOTEBOOK

PACKAGE = "diffusion"
IMPORT_SECONDS = 300
IPYTHON = re.compile(r"^[ \t]*[%!?]|\?[ \t]*$|=[ \t]*[%!]", re.MULTILINE)
STUB = re.compile(r'^\s*raise NotImplementedError\("(.+)"\)', re.MULTILINE)
# Inserted by the release: how many stubs each file had at first, the SHA-256 of each cell, and
# whether files (py) or notebook are graded if you change both.
STARTER: dict[str, int] = {}
CELLS: dict[str, str] = {}
COUNTS = "py"


def inspect(folder: Path, files: dict[str, bytes], left_out: dict[str, str]) -> list[str]:
    """Print a summary; return the faults, which `--anyway` ignores."""
    python = {name: content for name, content in files.items() if name.endswith(".py")}
    faults = [fault for name, content in python.items() for fault in _syntax(name, content)]
    remarks = []
    missing = [name for name in STARTER if name not in python] if python else []
    if missing:
        names = ", ".join(missing)
        remarks.append(f"Missing files, which are replaced by the original stubs: {names}")
    cells, broken = _cells(files)
    faults += broken or _unreadable_cells(cells)
    if cells and not any(_mark(cell) in CELLS for cell in cells):
        remarks.append(
            f"{NOTEBOOK}: it has no cell of the assignment's notebook. Is it the right one?"
        )
    remarks += _bare_figures(cells)
    if python and not faults:
        print("Importing every file ...", flush=True)
        faults += _import_faults(folder, python, missing, remarks)
    if python:
        print(f"{len(python)} Python files of {PACKAGE}/, {size(sum(map(len, python.values())))}.")
    graded = PACKAGE
    if NOTEBOOK in files:
        print(f"{NOTEBOOK}, {size(len(files[NOTEBOOK]))}.")
        graded, why = _what_counts(python)
        print(f"The code in {graded} is graded{why}.")
    in_files = [content.decode(errors="replace") for content in python.values()]
    in_cells = ["".join(cell["source"]) for cell in cells]
    if not broken and _as_given(python) and not _filled(cells):
        faults.append(
            "You have not written any code here. If you work elsewhere, copy your files to "
            f"{folder}; from Colab, File > Download > Download .ipynb, and replace {NOTEBOOK}"
        )
    for heading, lines in (
        (f"Not attempted yet in {graded}:", _stubs(in_cells if graded == NOTEBOOK else in_files)),
        ("Left out:", [f"{name}: {why}" for name, why in sorted(left_out.items())]),
        ("Please check:", remarks),
        ("This does not work:", faults),
    ):
        if lines:
            print("\n  ".join([heading, *lines]))
    return faults


def size(count: int) -> str:
    """A number of bytes with its unit."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _as_given(python: dict[str, bytes]) -> bool:
    """Whether every stub is still there; grading uses the same rule."""
    return all(
        content.count(b"raise NotImplementedError(") >= STARTER.get(name, 0)
        for name, content in python.items()
    )


def _what_counts(python: dict[str, bytes]) -> tuple[str, str]:
    """Which one is graded, notebook or package, and why."""
    if not python:
        return NOTEBOOK, ""
    if _as_given(python):
        return NOTEBOOK, f", because you have not changed {PACKAGE}/"
    if COUNTS == "notebook":
        return NOTEBOOK, f"; the code in {PACKAGE}/ only if the notebook is unchanged"
    return PACKAGE, f", because you have changed it; in {NOTEBOOK}, only figures and text"


def _stubs(texts: Iterable[str]) -> list[str]:
    """The tasks whose stubs are still there: "Part 2 (task schedule): ddpm_schedule in ..."."""
    stubs: dict[str, list[str]] = {}
    for message in (message for text in texts for message in STUB.findall(text)):
        task, _, blank = message.partition(": fill in ")
        stubs.setdefault(task, []).append(blank)
    return [
        f"{task}: {blanks[0]}"
        if len(blanks) == 1
        else f"{task}: {len(blanks)} stubs, the first is {blanks[0]}"
        for task, blanks in sorted(stubs.items())
    ]


# ------------------------------------------------------------------------------ the Python files


def _syntax(where: str, source: str | bytes) -> list[str]:
    """What Python cannot read in a file or a cell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "yours", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte
        line = getattr(error, "lineno", None)
        return [f"{where}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}"]
    return []


IMPORTING = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
failed = {}
try:
    import torch
except ModuleNotFoundError:
    failed = None
for name in sys.argv[3:] if failed is not None else ():
    try:
        importlib.import_module(name)
    except BaseException as error:
        lacking = str(error.name) if isinstance(error, ImportError) else ""
        if lacking and not isinstance(error, ModuleNotFoundError):  # from diffusion import ddpm
            lacking += "." + [*str(error).split("'"), "", ""][1]
        failed[name] = [lacking, f"{type(error).__name__}: {error}"]
open(sys.argv[2], "w").write(json.dumps(failed))
"""


def _import_faults(
    folder: Path, python: dict[str, bytes], missing: list[str], remarks: list[str]
) -> list[str]:
    """Import only the files that are handed in; a missing file that grading adds is no fault."""
    own = folder / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    interpreter = str(own) if own.exists() else sys.executable
    modules = {_module(name): name for name in python}
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in python.items():
            path = Path(scratch, "submission", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        answer = Path(scratch, "answer.json")
        command = [interpreter, "-c", IMPORTING, str(Path(scratch, "submission")), str(answer)]
        try:
            ended = subprocess.run(
                [*command, *modules],
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=IMPORT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return [f"importing {PACKAGE} takes more than {IMPORT_SECONDS} seconds"]
        if not answer.is_file():
            return [f"importing {PACKAGE} ends Python (status {ended.returncode})"]
        failed = json.loads(answer.read_text(encoding="utf-8"))
    if failed is None:
        remarks.append("The imports were not tested: run run_checks.py --setup first.")
        return []
    from_starter = {_module(name) for name in missing}
    files_of: dict[str, list[str]] = {}
    for name, (lacking, error) in failed.items():
        if lacking not in from_starter:
            files_of.setdefault(error, []).append(modules[name])
    return [f"{', '.join(f)} cannot be imported: {error}" for error, f in files_of.items()]


def _module(name: str) -> str:
    return ".".join(PurePosixPath(name).with_suffix("").parts).removesuffix(".__init__")


# --------------------------------------------------------------------------------- the notebook


def _cells(files: dict[str, bytes]) -> tuple[list[dict], list[str]]:
    """The code cells of the notebook, and its faults."""
    if NOTEBOOK not in files:
        return [], []
    try:
        cells = [c for c in json.loads(files[NOTEBOOK])["cells"] if c["cell_type"] == "code"]
        whole = all({"source", "outputs", "metadata"} <= set(cell) for cell in cells)
    except (ValueError, KeyError, TypeError):
        whole = False
    return (cells, []) if whole else ([], [f"{NOTEBOOK} is not a valid notebook: save it again"])


def _unreadable_cells(cells: list[dict]) -> list[str]:
    """Graded cells with a syntax error: their definitions would count as wrong."""
    faults = []
    for cell in cells:
        mark, source = _mark(cell), "".join(cell["source"])
        if mark in CELLS and not IPYTHON.search(source):  # IPython's own syntax may be right
            faults += _syntax(f"{NOTEBOOK}, cell {mark}", textwrap.dedent(source))
    return faults


def _filled(cells: list[dict]) -> bool:
    """Whether a cell was changed or added."""
    return any(
        source and CELLS.get(_mark(cell)) != hashlib.sha256(source.encode()).hexdigest()
        for cell in cells
        for source in ["".join(cell["source"]).strip()]
    )


def _mark(cell: dict) -> str:
    nbgrader = cell["metadata"].get("nbgrader")
    own = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return str(own or cell.get("id") or "")


def _bare_figures(cells: list[dict]) -> list[str]:
    """Figures that were not drawn or not saved; in other notebooks, cells."""
    figures = [cell for cell in cells if _mark(cell).startswith("figure-")]
    shown = figures or [cell for cell in cells if "".join(cell["source"])]
    bare = sum(not cell["outputs"] for cell in shown)
    if not bare:
        return []
    what = "figures" if figures else "cells with code"
    words = f"{NOTEBOOK}: {bare} of {len(shown)} {what} have no output."
    return [f"{words} If you work in the notebook, run all cells and save."]
