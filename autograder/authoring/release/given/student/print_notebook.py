"""Print the notebook as a PDF: `python3 print_notebook.py`, as `submit.py --pdf` does.

nbconvert makes an HTML page with figures and text as last saved, and a browser prints it. Without a
browser, LaTeX is tried. Without LaTeX, the page stays, and you print it yourself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTEBOOK = "diffusion.ipynb"
PRINT_SECONDS = 180
ON_PAPER = """<style>
@page { margin: 15mm }
@media print {
  pre, .highlight pre, .jp-OutputArea-output pre { white-space: pre-wrap !important;
                                                   overflow-wrap: anywhere !important }
  img, svg { max-width: 100% !important; break-inside: avoid }
}
</style>
"""  # wraps lines that are too long for a page


class CannotPrint(Exception):
    """The message says what to do."""


def print_notebook(notebook: Path = HERE / NOTEBOOK) -> None:
    """Write the PDF next to the notebook, and print its path.

    Raises:
        CannotPrint: there is no notebook, nbconvert cannot read it, or there is no nbconvert.
    """
    if not notebook.is_file():
        raise CannotPrint(f"There is no {notebook.name} to print.")
    own = HERE / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    candidates = [str(own)] * own.exists() + [sys.executable]
    having = [python for python in candidates if _has_nbconvert(python)]
    pdf, page = notebook.with_suffix(".pdf"), notebook.with_suffix(".html")
    if not having:
        raise CannotPrint(
            f"No PDF: nbconvert is missing. Install it with\n"
            f"    {candidates[0]} -m pip install -r requirements-notebook.txt\n"
            f"or open {notebook.name} in Jupyter or Colab and choose File > Print."
        )
    convert = [having[0], "-m", "nbconvert", "--log-level", "ERROR", str(notebook)]
    said = subprocess.run([*convert, "--to", "html", "--embed-images"], capture_output=True)
    if said.returncode:
        last = said.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CannotPrint(f"No PDF: nbconvert cannot read {notebook.name}: {last}")
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("</head>", f"{ON_PAPER}</head>", 1), encoding="utf-8")
    if _print_with_browser(page, pdf) or _print_with_latex(convert, pdf):
        page.unlink()
        print(f"Wrote {pdf}. Look at it before you upload it: formulas need a network connection.")
    else:
        print(
            f"No PDF yet: neither a browser (Chrome, Chromium, Edge) nor LaTeX could be used.\n"
            f"Open {page} in any browser and print it to a PDF file (Ctrl-P, or Cmd-P)."
        )


def _has_nbconvert(python: str) -> bool:
    asked = [
        python,
        "-c",
        "import importlib.util as u, sys; sys.exit(not u.find_spec('nbconvert'))",
    ]
    return subprocess.run(asked, capture_output=True).returncode == 0


BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


def _print_with_browser(page: Path, pdf: Path) -> bool:
    """A script that the page loads draws the formulas: it gets a few seconds."""
    for name in BROWSERS:
        browser = shutil.which(name)
        if not browser:
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            half = Path(scratch, "page.pdf")
            command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
            command += [f"--user-data-dir={scratch}/profile", "--virtual-time-budget=20000"]
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                command.append("--no-sandbox")  # without it, browsers refuse to run as root
            try:
                subprocess.run(
                    [*command, f"--print-to-pdf={half}", page.as_uri()],
                    capture_output=True,
                    timeout=PRINT_SECONDS,
                )
            except (OSError, subprocess.TimeoutExpired):
                continue
            if half.is_file() and half.stat().st_size:
                shutil.copyfile(half, pdf)
                return True
    return False


def _print_with_latex(convert: list[str], pdf: Path) -> bool:
    if not (shutil.which("xelatex") and shutil.which("pandoc")):
        return False
    ended = subprocess.run([*convert, "--to", "pdf"], capture_output=True)
    return ended.returncode == 0 and pdf.is_file()


if __name__ == "__main__":
    try:
        print_notebook()
    except CannotPrint as error:
        print(error, file=sys.stderr)
        sys.exit(1)
