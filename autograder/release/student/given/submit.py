"""Make the file that you upload: `python3 submit.py` writes submission.zip, and says what is in it.

It takes the Python files of diffusion/ and the notebook, if there is one. Before that it looks at
them as grading will: does each file belong, is it small enough, can Python read and import it?

    --pdf           also print the notebook into a PDF, figures and text as they were last saved
    --anyway        write submission.zip although something in it does not work
    --output FILE   another place than submission.zip
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from print_notebook import NOTEBOOK, CannotPrint, print_notebook

HERE = Path(__file__).resolve().parent
PACKAGE = "diffusion"
OLDEST_PYTHON = (3, 11)
EARLIEST = (1980, 1, 1, 0, 0, 0)  # so that equal files make equal zips
IMPORT_SECONDS = 300
STUB = re.compile(r'^\s*raise NotImplementedError\("(.+)"\)', re.MULTILINE)
# What the release fills in, from the code that grades: what it takes, the SHA-256 of each file as
# you got it, and which counts where you hand in changed files and a changed notebook.
LIMITS = {"files": 0, "file_bytes": 0, "total_bytes": 0, "depth": 0, "zip_bytes": 0}
STARTER: dict[str, str] = {}
COUNTS = "py"


class CannotSubmit(Exception):
    """The message says what to do."""


def main(arguments: list[str]) -> int:
    """Look at everything, write the zip, tell; 1 where something has to be repaired first."""
    if sys.version_info < OLDEST_PYTHON:
        print("Python 3.11 or newer is needed, as for the checks.", file=sys.stderr)
        return 2
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--pdf", action="store_true")
    parser.add_argument("--anyway", action="store_true")
    parser.add_argument("--output", type=Path, default=HERE / "submission.zip", metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        files, left_out = collect(HERE)
        faults = told(files, left_out)
        if faults and not given.anyway:
            raise CannotSubmit(
                "Nothing was written. Repair this, or hand it in as it is: submit.py --anyway"
            )
        write(given.output, files)
        count = "1 file" if len(files) == 1 else f"{len(files)} files"
        print(f"\nWrote {given.output}: {count}, {_size(given.output.stat().st_size)}.")
        print("Upload this file.")
        if given.pdf:
            print_notebook(HERE / NOTEBOOK)
    except (CannotSubmit, CannotPrint) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


# ----------------------------------------------------------------------------- what is handed in


def collect(folder: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """Name -> content of what is handed in, and name -> reason of what is not.

    Raises:
        CannotSubmit: there is nothing, or more than grading takes.
    """
    files: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    waiting = [folder / PACKAGE] if (folder / PACKAGE).is_dir() else []
    while waiting:
        for path in sorted(waiting.pop(0).iterdir()):
            name = path.relative_to(folder).as_posix()
            if path.name == "__pycache__" or path.name.startswith("."):
                continue
            if path.is_symlink():
                left_out[name] = "a link: put the file itself there"
            elif path.is_dir() and not _folder_allowed(name):
                left_out[name] = "a folder of this name cannot be imported"
            elif path.is_dir():
                waiting.append(path)
            elif path.suffix != ".py":
                left_out[name] = "only Python files are taken"
            elif not _importable(path.name):
                left_out[name] = "a file of this name cannot be imported"
            else:
                files[name] = path.read_bytes()
    _refuse_too_much(files)
    notebook = folder / NOTEBOOK
    if notebook.is_file() and not notebook.is_symlink():
        if notebook.stat().st_size <= LIMITS["zip_bytes"]:
            files[NOTEBOOK] = notebook.read_bytes()
        else:
            left_out[NOTEBOOK] = f"larger than {_size(LIMITS['zip_bytes'])}: clear large outputs"
    for other in sorted(folder.glob("*.ipynb")):
        if other.name != NOTEBOOK:
            left_out[other.name] = (
                f"if this is yours, rename it: {NOTEBOOK} is the one that is taken"
            )
    if not files:
        raise CannotSubmit(f"{folder} holds neither Python files in {PACKAGE}/ nor {NOTEBOOK}.")
    return files, left_out


def _folder_allowed(name: str) -> bool:
    folders = PurePosixPath(name).parts
    return len(folders) <= LIMITS["depth"] and all(_importable(part + ".py") for part in folders)


def _importable(name: str) -> bool:
    stem = name[: -len(".py")]
    return stem.isidentifier() and stem.isascii() and len(stem) <= 100


def _refuse_too_much(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if len(content) > LIMITS["file_bytes"]:
            raise CannotSubmit(f"{name} is larger than {_size(LIMITS['file_bytes'])}: shorten it.")
    if len(files) > LIMITS["files"]:
        raise CannotSubmit(f"{PACKAGE}/ holds more than {LIMITS['files']} Python files.")
    if sum(map(len, files.values())) > LIMITS["total_bytes"]:
        raise CannotSubmit(f"{PACKAGE}/ holds more than {_size(LIMITS['total_bytes'])} of Python.")


def write(path: Path, files: dict[str, bytes]) -> None:
    """Write the zip whole or not at all, and read it back."""
    half = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, EARLIEST)
                entry.external_attr = 0o100644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, files[name])
        with zipfile.ZipFile(half) as archive:
            whole = all(archive.read(name) == content for name, content in files.items())
        if half.stat().st_size > LIMITS["zip_bytes"]:
            most = _size(LIMITS["zip_bytes"])
            raise CannotSubmit(f"{path} would be larger than {most}: clear the notebook's outputs.")
        if not whole:
            raise CannotSubmit(f"{path} was not written right; is the disk in order?")
        half.replace(path)
    except OSError as error:
        raise CannotSubmit(f"{path} cannot be written: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)


# ------------------------------------------------------------------------- what is said about it


def told(files: dict[str, bytes], left_out: dict[str, str]) -> list[str]:
    """Print what was found; return the faults, which `--anyway` hands in all the same."""
    python = {name: content for name, content in files.items() if name.endswith(".py")}
    faults, remarks = _unreadable(python), []
    if python:
        missing = [name for name in STARTER if name not in python]
        remarks += [f"{name} is missing: its tasks count as not attempted." for name in missing]
    cells, broken = _cells(files)
    faults += broken or _unreadable_cells(cells)
    remarks += _bare_figures(cells)
    if python and not faults:
        print("Importing every file ...", flush=True)
        faults += _import_faults(python, remarks)
    if python:
        print(f"{len(python)} Python files of {PACKAGE}/, {_size(sum(map(len, python.values())))}.")
    graded = PACKAGE
    if NOTEBOOK in files:
        print(f"{NOTEBOOK}, {_size(len(files[NOTEBOOK]))}.")
        graded, why = _what_counts(python)
        print(f"The code that is graded: that in {graded}{why}.")
    in_files = [content.decode(errors="replace") for content in python.values()]
    in_cells = ["".join(cell["source"]) for cell in cells]
    stubs = _stubs(in_cells if graded == NOTEBOOK else in_files)
    _print_list(f"Not attempted yet in {graded}:", stubs)
    _print_list("Left out:", [f"{name}: {why}" for name, why in sorted(left_out.items())])
    _print_list("Look at this:", remarks)
    _print_list("This does not work:", faults)
    return faults


def _what_counts(python: dict[str, bytes]) -> tuple[str, str]:
    """Notebook or package, and why; what grading decides where both are there."""
    own = {name: hashlib.sha256(content).hexdigest() for name, content in python.items()}
    if not python:
        return NOTEBOOK, ""
    if all(STARTER.get(name) == digest for name, digest in own.items()):
        return NOTEBOOK, f", since {PACKAGE}/ is as you got it"
    if COUNTS == "notebook":
        return NOTEBOOK, f"; only if that is as you got it, the code in {PACKAGE}/"
    return PACKAGE, f", since you have changed it; of {NOTEBOOK}, figures and text"


def _print_list(heading: str, lines: list[str]) -> None:
    if lines:
        print(heading)
        for line in lines:
            print(f"  {line}")


def _unreadable(python: dict[str, bytes]) -> list[str]:
    faults = []
    for name, content in python.items():
        try:
            ast.parse(content)
        except SyntaxError as error:
            faults.append(f"{name}, line {error.lineno or 1}: {error.msg}")
        except ValueError as error:  # a null byte
            faults.append(f"{name}: {error}")
    return faults


def _stubs(texts: Iterable[str]) -> list[str]:
    """The tasks whose stubs are still there: "Part 2 (task schedule): ddpm_schedule in ..."."""
    stubs: dict[str, list[str]] = {}
    for text in texts:
        for said in STUB.findall(text):
            task, _, blank = said.partition(": fill in ")
            stubs.setdefault(task, []).append(blank)
    return [_shortened(task, blanks) for task, blanks in sorted(stubs.items())]


def _shortened(task: str, blanks: list[str]) -> str:
    if len(blanks) == 1:
        return f"{task}: {blanks[0]}"
    return f"{task}: {len(blanks)} blanks, the first of them {blanks[0]}"


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
        failed[name] = f"{type(error).__name__}: {error}"
open(sys.argv[2], "w").write(json.dumps(failed))
"""


def _import_faults(python: dict[str, bytes], remarks: list[str]) -> list[str]:
    """Import what is handed in and nothing else, as grading does."""
    own = HERE / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    interpreter = str(own) if own.exists() else sys.executable
    modules = {
        ".".join(PurePosixPath(name).with_suffix("").parts).removesuffix(".__init__"): name
        for name in python
    }
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
        remarks.append("Whether it can be imported was not tried: run_checks.py --setup first.")
        return []
    return [f"{modules[name]} cannot be imported: {error}" for name, error in failed.items()]


# --------------------------------------------------------------------------------- the notebook


def _cells(files: dict[str, bytes]) -> tuple[list[dict], list[str]]:
    """The cells of code in the notebook, and what is wrong with it."""
    if NOTEBOOK not in files:
        return [], []
    try:
        cells = [c for c in json.loads(files[NOTEBOOK])["cells"] if c["cell_type"] == "code"]
        whole = all({"source", "outputs", "metadata"} <= set(cell) for cell in cells)
    except (ValueError, KeyError, TypeError):
        whole = False
    return (cells, []) if whole else ([], [f"{NOTEBOOK} is no notebook: save it again"])


def _unreadable_cells(cells: list[dict]) -> list[str]:
    """Cells that count and that Python cannot read: each would take its whole module along."""
    faults = []
    for cell in cells:
        mark = _mark(cell)
        lines = "".join(cell["source"]).splitlines()
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            code = ["" if line.lstrip().startswith(("%", "!")) else line for line in lines]
            try:
                ast.parse("\n".join(code))
            except (SyntaxError, ValueError) as error:
                where = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
                words = getattr(error, "msg", error)
                faults.append(f"{NOTEBOOK}, cell {mark}{where}: {words}")
    return faults


def _mark(cell: dict) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _bare_figures(cells: list[dict]) -> list[str]:
    """Figures that were not drawn, or not saved; of other notebooks, cells."""
    figures = [cell for cell in cells if _mark(cell).startswith("figure-")]
    shown = figures or [cell for cell in cells if "".join(cell["source"])]
    bare = sum(not cell["outputs"] for cell in shown)
    if not bare:
        return []
    what = "figures" if figures else "cells with code"
    words = f"{NOTEBOOK}: {bare} of {len(shown)} {what} have no output."
    return [f"{words} If you work in it: run all cells, and save."]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
