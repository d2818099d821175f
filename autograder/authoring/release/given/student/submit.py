"""Make the file that you upload: `python3 submit.py` writes submission.zip and lists its content.

The zip contains the Python files of diffusion/, your report, and the notebook, if there is one.
Before it is written, they are checked with the rules of grading: names, sizes, syntax and imports.
Empty answers, missing figures and figures of small or short runs are named.

    --pdf           also write report.pdf: the questions with your answers and figures
    --anyway        write submission.zip although something in it does not work
    --output FILE   write this file instead of submission.zip
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import zipfile
from base64 import b64encode
from pathlib import Path, PurePosixPath

from inspection import PACKAGE, chosen_report, inspect, own_python, size
from reporting import NOTEBOOK, REPORT, Report, report_files

HERE = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
EARLIEST = (1980, 1, 1, 0, 0, 0)  # so that equal files make equal zips
# The limits of grading; the release inserts them.
LIMITS = {"files": 0, "file_bytes": 0, "total_bytes": 0, "depth": 0, "zip_bytes": 0}


class CannotSubmit(Exception):
    """The message says what to do."""


def main(arguments: list[str]) -> int:
    """Check everything, write the zip and print a report; return 1 if something is wrong."""
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
        faults = inspect(HERE, files, left_out)
        if faults and not given.anyway:
            raise CannotSubmit(
                "Nothing was written. Correct this, or hand it in as it is: submit.py --anyway"
            )
        write(given.output, files)
        count = "1 file" if len(files) == 1 else f"{len(files)} files"
        print(f"\nWrote {given.output}: {count}, {size(given.output.stat().st_size)}.")
        print("Upload this file.")
        if given.pdf:
            print_pdf(chosen_report(HERE, files), HERE / "report.pdf")
    except CannotSubmit as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


# ----------------------------------------------------------------------------- what is handed in


def collect(folder: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """Name -> content of files to hand in, and name -> reason for files that are left out.

    Raises:
        CannotSubmit: there are no files, or more than grading allows.
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
                left_out[name] = "a link: put the file itself here"
            elif path.is_dir() and not _folder_allowed(name):
                left_out[name] = "a folder with this name cannot be imported"
            elif path.is_dir():
                waiting.append(path)
            elif path.suffix != ".py":
                left_out[name] = "only Python files are taken"
            elif not _importable(path.name):
                left_out[name] = "a file with this name cannot be imported"
            else:
                files[name] = path.read_bytes()
    _refuse_too_much(files)
    for path in report_files(folder):
        name = path.relative_to(folder).as_posix()
        if path.stat().st_size <= LIMITS["file_bytes"]:
            files[name] = path.read_bytes()
        else:
            left_out[name] = f"larger than {size(LIMITS['file_bytes'])}"
    notebook = folder / NOTEBOOK
    if notebook.is_file() and not notebook.is_symlink():
        if notebook.stat().st_size <= LIMITS["zip_bytes"]:
            files[NOTEBOOK] = notebook.read_bytes()
        else:
            left_out[NOTEBOOK] = f"larger than {size(LIMITS['zip_bytes'])}: clear large outputs"
    for other in sorted(folder.glob("*.ipynb")):
        if other.name != NOTEBOOK:
            left_out[other.name] = (
                f"if this is your notebook, rename it: only {NOTEBOOK} is handed in"
            )
    if all(name.startswith(f"{REPORT}/") for name in files):
        raise CannotSubmit(f"{folder} has neither Python files in {PACKAGE}/ nor {NOTEBOOK}.")
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
            raise CannotSubmit(f"{name} is larger than {size(LIMITS['file_bytes'])}: shorten it.")
    if len(files) > LIMITS["files"]:
        raise CannotSubmit(f"{PACKAGE}/ has more than {LIMITS['files']} Python files.")
    if sum(map(len, files.values())) > LIMITS["total_bytes"]:
        raise CannotSubmit(f"{PACKAGE}/ has more than {size(LIMITS['total_bytes'])} of Python.")


def print_pdf(report: Report, pdf: Path) -> None:
    """Write the report as a PDF, with the Python that has the packages.

    Raises:
        CannotSubmit: there is no report, a package is missing, or the PDF cannot be written.
    """
    if not report.text:
        raise CannotSubmit(f"No PDF: there is neither {report.where} nor {NOTEBOOK}.")
    pictures = {name: b64encode(data).decode() for name, data in report.pictures.items()}
    question = {"text": report.text, "pictures": pictures, "pdf": str(pdf)}
    ended = subprocess.run(
        [own_python(HERE), str(HERE / "print_report.py")],
        input=json.dumps(question).encode(),
        capture_output=True,
    )
    if ended.returncode:
        last = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        if last.startswith("ModuleNotFoundError: "):
            last = last.partition(": ")[2] + ". Install it: python3 run_checks.py --setup"
        raise CannotSubmit(f"No PDF of {report.where}: {last}")
    pages = int(ended.stdout)
    count = f"{pages} page{'s' * (pages != 1)}"
    print(f"Wrote {pdf} of {report.where}: {count}. Look at it, then upload it.")


def write(path: Path, files: dict[str, bytes]) -> None:
    """Write the zip completely or not at all, and read it back."""
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
            most = size(LIMITS["zip_bytes"])
            raise CannotSubmit(f"{path} would be larger than {most}: clear the notebook's outputs.")
        if not whole:
            raise CannotSubmit(f"{path} was not written correctly; is the disk damaged or full?")
        half.replace(path)
    except OSError as error:
        raise CannotSubmit(f"{path} cannot be written: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
