"""Set up and run the checks: `python3 run_checks.py`.

The first run makes the folder .venv and installs requirements.txt into it (torch is large: a few
minutes). Later runs start at once. Other arguments are passed to pytest:

    python3 run_checks.py tests/test_NAME.py         one file of checks
    python3 run_checks.py --training --report        also checks that train; writes report.html

    --setup    set up, and run no checks
    --cpu      on Linux: install torch without GPU support, a fifth of the size
    --here     for Colab and conda: use this Python, and install only missing packages
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
ENVIRONMENT = HERE / ".venv"
INSTALLED = ENVIRONMENT / "installed"  # the hash of the requirements that are installed
OLDEST_PYTHON = (3, 11)
GIGABYTES = {False: 7, True: 2}  # for an installation, with some reserve; True: --cpu


def main(arguments: list[str]) -> int:
    """Set up if necessary, run pytest, and return its exit status."""
    if sys.version_info < OLDEST_PYTHON:
        version, oldest = (".".join(map(str, v)) for v in (sys.version_info[:2], OLDEST_PYTHON))
        return _failed(f"This is Python {version}; Python {oldest} or newer is needed: python.org")
    if "--help" in arguments or "-h" in arguments:
        print(__doc__)
        return 0
    options = {"--setup", "--cpu", "--here"} & set(arguments)
    for_pytest = [argument for argument in arguments if argument not in options]
    try:
        here = "--here" in options
        python = _present_python() if here else _own_python(cpu="--cpu" in options)
    except SetUpFailed as error:
        return _failed(str(error))
    if "--setup" in options:
        print(f"Ready: {python}")
        return 0
    try:
        return subprocess.call([python, "-m", "pytest", *for_pytest], cwd=HERE)
    except KeyboardInterrupt:
        return 130


class SetUpFailed(Exception):
    """The message says what to do."""


def _own_python(cpu: bool) -> str:
    """The Python of .venv, with everything that requirements.txt lists."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    works = python.exists() and _runs([str(python), "-c", ""])
    if works and INSTALLED.is_file() and INSTALLED.read_text() == wanted:
        return str(python)
    cpu = cpu and sys.platform == "linux"  # on other systems torch has no CUDA
    free = shutil.disk_usage(HERE).free / 1e9
    if free < GIGABYTES[cpu]:
        print(f"Only {free:.1f} GB of disk space are free; torch may need {GIGABYTES[cpu]} GB.")
    if not works:  # it does not exist, was moved, or its Python was removed
        print("Making .venv ...", flush=True)
        if not _runs([sys.executable, "-c", "import ensurepip, venv"]):
            raise SetUpFailed("Python has no venv module: apt-get install python3-venv")
        _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    print("Installing requirements.txt into .venv (torch is large: a few minutes) ...", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if not (cpu and _installed_for_cpus(str(python), pip)):
        _run([*pip, "--requirement", str(REQUIREMENTS)])
    INSTALLED.write_text(wanted)
    return str(python)


def _installed_for_cpus(python: str, pip: list[str]) -> bool:
    """Whether uv, which knows the index of torch for CPUs, could install it."""
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--torch-backend", "cpu"]
    fetched = (
        subprocess.call([*pip, "uv"]) == 0
        and subprocess.call([*uv, "--python", python, "--requirement", str(REQUIREMENTS)]) == 0
    )
    if not fetched:
        print("Cannot install torch for CPUs; installing the standard torch ...", flush=True)
    return fetched


def _present_python() -> str:
    """The Python that runs this; pip installs what is missing or too old, and nothing else."""
    import tomllib

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print("Installing what is missing ...", flush=True)
    _run([sys.executable, "-m", "pip", "install", "--quiet", *project["dependencies"]])
    return sys.executable


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _run(command: list[str]) -> None:
    if subprocess.call(command, cwd=HERE) != 0:
        raise SetUpFailed(
            "The set-up failed, see above. Correct the cause, then run the same command again."
        )


def _failed(words: str) -> int:
    print(words, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
