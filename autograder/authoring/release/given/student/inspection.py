"""Checks a submission with the rules of grading before it is handed in; part of `submit.py`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from reporting import NOTEBOOK, Report, report_of_files, report_of_notebook

from checkkit.cells import collect, defined_in, fills_in, is_filled

PACKAGE = "diffusion"
IMPORT_SECONDS = 300
STUB = re.compile(r'^\s*raise NotImplementedError\("(.+)"\)', re.MULTILINE)
# Inserted by the release: the files of the package, what you are to define in them, and whether
# files (py) or notebook are graded if you change both.
FILES: list[str] = []
CONTRACT: dict = {}
COUNTS = "py"
TITLE = ""


def inspect(folder: Path, files: dict[str, bytes], left_out: dict[str, str]) -> list[str]:
    """Print a summary; return the faults, which `--anyway` ignores."""
    python = {name: content for name, content in files.items() if name.endswith(".py")}
    faults = [fault for name, content in python.items() for fault in _syntax(name, content)]
    remarks = []
    missing = [name for name in FILES if name not in python] if python else []
    if missing:
        names = ", ".join(missing)
        remarks.append(f"Missing files, which are replaced by the original stubs: {names}")
    cells, broken = _cells(files)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    faults += broken
    if cells and not any(defined_in("".join(cell["source"]), CONTRACT) for cell in code):
        remarks.append(f"{NOTEBOOK}: it has no function of the assignment's. Is it the right one?")
    if python and not faults:
        print("Importing every file ...", flush=True)
        faults += _import_faults(folder, python, missing, remarks)
    if python:
        print(f"{len(python)} Python files of {PACKAGE}/, {size(sum(map(len, python.values())))}.")
    open_tasks = _stubs(content.decode(errors="replace") for content in python.values())
    graded = PACKAGE
    if NOTEBOOK in files:
        print(f"{NOTEBOOK}, {size(len(files[NOTEBOOK]))}.")
        graded, why = _what_counts(python, code)
        print(f"The code in {graded} is graded{why}.")
    if graded == NOTEBOOK and not broken:
        taken = collect(list(map(_plain, cells, range(1, len(cells) + 1))), CONTRACT)
        faults += [f"{NOTEBOOK}: {words}" for words in taken["faults"]]
        others = [words for words in taken["remarks"] if words not in taken["faults"]]
        remarks += [f"{NOTEBOOK}: {words}" for words in others]
        open_tasks = taken["missing"]
    if not broken and not _changed(python) and not _filled(code):
        faults.append(
            "You have not written any of the assignment's code here. If you work elsewhere, copy"
            f" your files to {folder}; from Colab, File > Download > Download .ipynb, and replace"
            f" {NOTEBOOK}"
        )
    report = chosen_report(folder, files)
    for heading, lines in (
        (f"Not attempted yet in {graded}:", open_tasks),
        ("Left out:", [f"{name}: {why}" for name, why in sorted(left_out.items())]),
        (f"Your report, {report.where}, lacks:", list(report.lacks())),
        ("Please check:", remarks),
        ("This does not work:", faults),
    ):
        if lines:
            print("\n  ".join([heading, *lines]))
    return faults


def chosen_report(folder: Path, files: dict[str, bytes]) -> Report:
    """Where you answer: report/ if something of yours is there, else the notebook if it is in that.

    If both are as they were given, the one whose code is graded.
    """
    of_files, cells = report_of_files(folder), _cells(files)[0]
    if of_files.begun or not cells:
        return of_files
    of_notebook = report_of_notebook(cells, TITLE)
    python = {name: content for name, content in files.items() if name.endswith(".py")}
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    graded = NOTEBOOK if of_notebook.begun else _what_counts(python, code)[0]
    return of_notebook if graded == NOTEBOOK else of_files


def own_python(folder: Path) -> str:
    """The Python of .venv if there is one, else the one that runs this."""
    own = folder / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return str(own) if own.exists() else sys.executable


def size(count: int) -> str:
    """A number of bytes with its unit."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _changed(python: dict[str, bytes]) -> bool:
    """Whether something is filled in in the files; grading uses the same rule."""
    texts = {_module(name): content.decode(errors="replace") for name, content in python.items()}
    prefix = f"{PACKAGE}."
    return is_filled({name.removeprefix(prefix): text for name, text in texts.items()}, CONTRACT)


def _what_counts(python: dict[str, bytes], code: list[dict]) -> tuple[str, str]:
    """Which one is graded, notebook or package, and why."""
    if not python:
        return NOTEBOOK, ""
    if not _changed(python):
        return NOTEBOOK, f", because you have not changed {PACKAGE}/"
    if COUNTS == "notebook" and not _filled(code):
        return PACKAGE, ", because you have written none in the notebook"
    if COUNTS == "notebook":
        return NOTEBOOK, f"; the code in {PACKAGE}/ only if the notebook is unchanged"
    return PACKAGE, f", because you have changed it; in {NOTEBOOK}, only figures and text"


def _stubs(texts: Iterable[str]) -> list[str]:
    """The tasks whose stubs are still there: "Part 1 (task NAME): function in ..."."""
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
    interpreter = own_python(folder)
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
    """The cells of the notebook, and its faults."""
    if NOTEBOOK not in files:
        return [], []
    try:
        cells = json.loads(files[NOTEBOOK])["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        whole = all({"source", "metadata"} <= set(cell) for cell in cells)
        whole = whole and all("outputs" in cell for cell in code)
    except (ValueError, KeyError, TypeError):
        whole = False
    return (cells, []) if whole else ([], [f"{NOTEBOOK} is not a valid notebook: save it again"])


def _plain(cell: dict, number: int) -> dict:
    """A cell as `collect` wants it."""
    nbgrader = cell["metadata"].get("nbgrader")
    return {
        "number": number,
        "grade_id": str(nbgrader.get("grade_id") or "") if isinstance(nbgrader, dict) else "",
        "id": str(cell.get("id") or ""),
        "is_code": cell["cell_type"] == "code",
        "source": "".join(cell["source"]).replace("\r\n", "\n").replace("\r", "\n"),
    }


def _filled(code: list[dict]) -> bool:
    return any(fills_in("".join(cell["source"]), CONTRACT) for cell in code)
