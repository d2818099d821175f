"""Set up and run the checks: `python3 run_checks.py`.

The first run makes the folder .venv and installs requirements.txt into it (torch is large: a few
minutes), then draws first-picture.png. Later runs start at once. On Colab, the packages that are
there are used. Other arguments are passed to pytest:

    python3 run_checks.py tests/test_NAME.py         one file of checks
    python3 run_checks.py --training --report        also checks that train; writes report.html

    --setup    set up, and run no checks
    --cpu      on Linux: install torch without GPU support, even if there is a GPU
    --here     for conda: as on Colab, use this Python, and install only missing packages
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
ENVIRONMENT = HERE / ".venv"
INSTALLED = ENVIRONMENT / "installed"  # the hash of the requirements that are installed
OLDEST_PYTHON = (3, 11)
ON_COLAB = "COLAB_RELEASE_TAG" in os.environ
SMALL, LARGE = 2, 7  # gigabytes on the disk, with some reserve: without and with GPU support
NO_NETWORK = re.compile(r"connection|resolve|resolution|timed out|unreachable|proxy|offline", re.I)


def main(arguments: list[str]) -> int:
    """Set up if necessary, run pytest, and return its exit status."""
    if "--help" in arguments or "-h" in arguments:
        print(__doc__)
        return 0
    options = {"--setup", "--cpu", "--here"} & set(arguments)
    for_pytest = [argument for argument in arguments if argument not in options]
    try:
        here = ON_COLAB or "--here" in options
        python = _present_python() if here else _own_python(cpu="--cpu" in options)
    except SetUpFailed as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("The set-up was interrupted. The same command continues it.", file=sys.stderr)
        return 130
    if "--setup" in options:
        print(f"Ready: {python}")
        return 0
    try:
        return subprocess.call([python, "-m", "pytest", *for_pytest], cwd=HERE)
    except KeyboardInterrupt:
        return 130


class SetUpFailed(Exception):
    """The message says what to do."""


# ------------------------------------------------------------------------ an environment of its own


def _own_python(cpu: bool) -> str:
    """The Python of .venv, with everything that requirements.txt lists."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    works = python.exists() and _runs([str(python), "-c", ""])
    if works and INSTALLED.is_file() and INSTALLED.read_text() == wanted:
        return str(python)
    if not works:  # it does not exist, was moved, or its Python was removed
        _make_environment()
    _install(str(python), cpu)
    INSTALLED.write_text(wanted)
    draw_first_picture(str(python))
    return str(python)


def _make_environment() -> None:
    print("Making .venv ...", flush=True)
    uv = shutil.which("uv")
    old = sys.version_info < OLDEST_PYTHON
    if uv and (old or not _runs([sys.executable, "-c", "import ensurepip, venv"])):
        wanted = ".".join(map(str, OLDEST_PYTHON))  # uv finds one, or downloads one
        _run([uv, "venv", "--clear", "--seed", "--python", f">={wanted}", str(ENVIRONMENT)])
        return
    _check_python()
    if not _runs([sys.executable, "-c", "import ensurepip, venv"]):
        raise SetUpFailed("Python has no venv module: apt-get install python3-venv")
    _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])


def _check_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        version, oldest = (".".join(map(str, v)) for v in (sys.version_info[:2], OLDEST_PYTHON))
        raise SetUpFailed(
            f"This is Python {version}; Python {oldest} or newer is needed. Install one from "
            "python.org and run this file with it, or install uv, which brings a Python."
        )


def _install(python: str, cpu: bool) -> None:
    """Install requirements.txt: with uv, which knows which torch fits the machine, or with pip."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]  # both show each package to a terminal
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    uv = [shutil.which("uv") or ""]
    if not uv[0] and _runs([*pip, "--quiet", "uv"]):
        uv = [python, "-m", "uv"]
    linux = sys.platform == "linux"  # on other systems torch has no CUDA, and is small
    fits = bool(uv[0]) and (cpu or not shutil.which("nvidia-smi"))
    _check_disk(SMALL if fits or not linux else LARGE)
    if uv[0]:
        print("Installing requirements.txt into .venv with uv (a few minutes) ...", flush=True)
        backend = f"--torch-backend={'cpu' if cpu and linux else 'auto'}"
        with_uv = [*uv, "pip", "install", *quiet, backend, "--python", python]
        if subprocess.call([*with_uv, "--requirement", str(REQUIREMENTS)], cwd=HERE) == 0:
            return
        print("uv could not install it, see above.", flush=True)
    size = ", about 3 GB to download and 6 GB on the disk," if linux else ""
    print(f"pip installs the ordinary torch{size} into .venv (minutes) ...", flush=True)
    _run([*pip, *quiet, "--requirement", str(REQUIREMENTS)], pip)


def _check_disk(gigabytes: int) -> None:
    free = shutil.disk_usage(HERE).free / 1e9
    if free < gigabytes / 2:
        raise SetUpFailed(
            f"Only {free:.1f} GB are free on the disk of {HERE}, and the packages need about "
            f"{gigabytes} GB. Free some space, then run the same command again."
        )
    if free < gigabytes:
        print(f"Only {free:.1f} GB of disk space are free; torch may need {gigabytes} GB.")


def draw_first_picture(python: str) -> None:
    """Draw a digit on its way into noise, and print where the picture is."""
    print("Drawing a first picture ...", flush=True)
    subprocess.call([python, "first_picture.py"], cwd=HERE)  # it may fail


# ----------------------------------------------------------------------------- Colab's own packages


def _present_python() -> str:
    """The Python that runs this; pip installs what is missing or too old, and nothing else."""
    _check_python()
    import tomllib

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    missing = [package for package in project["dependencies"] if not _is_there(package)]
    if missing:
        print(f"Installing what is missing: {', '.join(missing)} ...", flush=True)
        pip = [sys.executable, "-m", "pip", "install"]
        _run([*pip, "--quiet", *missing], pip)
    if not (HERE / "first-picture.png").is_file():
        draw_first_picture(sys.executable)
    return sys.executable


def _is_there(requirement: str) -> bool:
    """Whether a package is installed, in a version that is new enough: "torch>=2.6"."""
    from importlib.metadata import PackageNotFoundError, version

    name, _, least = requirement.partition(">=")
    try:
        return _numbers(version(name)) >= _numbers(least)
    except PackageNotFoundError:
        return False


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3]]


# ---------------------------------------------------------------------------------------- processes


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _run(command: list[str], pip: list[str] | None = None) -> None:
    if subprocess.call(command, cwd=HERE) != 0:
        again = "Then run the same command again; it continues."
        if shutil.disk_usage(HERE).free < 1e9:
            raise SetUpFailed(f"The set-up failed: the disk of {HERE} is full. {again}")
        if pip and _no_network(pip):
            raise SetUpFailed(f"The set-up failed: no network. Check the connection. {again}")
        raise SetUpFailed(f"The set-up failed, see above. Correct the cause. {again}")


def _no_network(pip: list[str]) -> bool:
    """Whether pip cannot reach where its packages are."""
    # Without a second try, pip does not say why the first one failed.
    trial = ["--retries=1", "--timeout=10", "--dry-run", "--no-deps", "--ignore-installed", "pip"]
    ran = subprocess.run([*pip, *trial], capture_output=True, text=True)
    return ran.returncode != 0 and bool(NO_NETWORK.search(ran.stdout + ran.stderr))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
