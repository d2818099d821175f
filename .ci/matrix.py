#!/usr/bin/env python3
"""Run the fast tests on every Python from 3.11 that is found here, and once with torch 2.6.

Each environment lies in .venv/matrix/NAME and is made anew only when its requirements change.
uv links the files of all environments to one cache, so each file lies on the disk once.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv" / "matrix"
MINORS = range(11, 20)
OLDEST_TORCH = ("torch==2.6.0", "torchvision==0.21.0")
# As make test has it: tests that share something expensive run in one process.
IN_PARALLEL = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadscope")
# Packages that torch chooses itself; the lock has them for its own torch.
OF_TORCH = re.compile(r"(torch|torchvision|triton|sympy|nvidia-[\w-]+|cuda-[\w-]+)==")
LAST_LINE = re.compile(r" in \d+\.\d+s\b")
COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?)\b")


@dataclass(frozen=True)
class Environment:
    """A Python, and what is installed for it."""

    name: str
    python: Path
    requirements: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def interpreter(self) -> Path:
        return self.folder / "bin" / "python"


def ask(python: Path) -> tuple[tuple[int, ...], Path] | None:
    """The version and the real path of a Python, or None where none starts (pyenv's shims)."""
    question = "import sys; print(*sys.version_info[:3], sys.executable)"
    try:
        answer = subprocess.run(
            [python, "-c", question], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    *version, path = answer.stdout.strip().split(" ", 3)
    return tuple(int(part) for part in version), Path(path)


def candidates() -> Iterator[Path]:
    """Every file that may be a Python from 3.11: on PATH, then under pyenv."""
    for minor in MINORS:
        if found := shutil.which(f"python3.{minor}"):
            yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for minor in MINORS:
        yield from sorted((pyenv / "versions").glob(f"3.{minor}.*/bin/python3.{minor}"))


def find_pythons(paths: Iterable[Path]) -> dict[str, Path]:
    """The first Python that starts for each version, such as "3.12", oldest version first."""
    found: dict[tuple[int, ...], Path] = {}
    for path in paths:
        if answer := ask(path):
            version, python = answer
            if version >= (3, MINORS.start):
                found.setdefault(version[:2], python)
    return {f"{major}.{minor}": found[major, minor] for major, minor in sorted(found)}


def with_oldest_torch(lock: str) -> str:
    """The pinned packages, with the oldest torch that is supported in place of the pinned one."""
    kept = [line for line in lock.splitlines() if not OF_TORCH.match(line)]
    return "\n".join([*kept, *OLDEST_TORCH]) + "\n"


def environments(pythons: dict[str, Path], lock: str) -> dict[str, Environment]:
    """Every Python with the pinned packages, and the oldest Python with the oldest torch."""
    made = [Environment(name, python, lock) for name, python in pythons.items()]
    if made:
        made.append(Environment("torch2.6", made[0].python, with_oldest_torch(lock)))
    return {environment.name: environment for environment in made}


def prepare(environment: Environment, uv: str) -> None:
    """Install the requirements unless they are there, and this checkout in any case."""
    folder = environment.folder
    mark = folder / "ready"
    made_from = f"{ask(environment.python)}\n{environment.requirements}"
    wanted = hashlib.sha256(made_from.encode()).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        print(f"{environment.name}: installing into {folder.relative_to(ROOT)} ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([uv, "venv", "--quiet", "--python", environment.python, folder], check=True)
        requirements = folder / "requirements.txt"
        requirements.write_text(environment.requirements)
        install(uv, environment, "--requirement", str(requirements))
        mark.write_text(wanted)
    install(uv, environment, "--no-deps", "--editable", str(ROOT))


def install(uv: str, environment: Environment, *arguments: str) -> None:
    python = str(environment.interpreter)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *arguments], check=True)


def run_tests(environment: Environment, arguments: list[str]) -> tuple[int, dict[str, int]]:
    """Pytest's exit status and what its last line counts; its output goes to the terminal too."""
    command = [str(environment.interpreter), "-m", "pytest", *IN_PARALLEL, *arguments]
    print(f"\n== {environment.name}: {' '.join(['python', *command[1:]])}", flush=True)
    path = f"{environment.interpreter.parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    counts: dict[str, int] = {}
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        counts = read_counts(line) or counts
    return process.wait(), counts


def read_counts(line: str) -> dict[str, int]:
    """The numbers of passed, failed, skipped and errors in pytest's last line; else nothing."""
    found = COUNT.findall(line) if LAST_LINE.search(line) else []
    return {what.removesuffix("s"): int(number) for number, what in found}


def table(rows: list[tuple[str, str, dict[str, int], float]]) -> str:
    """One line for each environment."""
    lines = [
        f"{'environment':<12} {'result':<18} {'passed':>7} {'failed':>7} {'skipped':>8} minutes"
    ]
    for name, result, counts, seconds in rows:
        failed = counts.get("failed", 0) + counts.get("error", 0)
        numbers = f"{counts.get('passed', 0):>7} {failed:>7} {counts.get('skipped', 0):>8}"
        lines.append(f"{name:<12} {result:<18} {numbers} {seconds / 60:>7.1f}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Run the fast tests on every Python from 3.11 found here, and with torch 2.6.",
        epilog="What follows -- goes to pytest, for example: 3.13 -- tests/test_blocks.py",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="environments, such as 3.13 or torch2.6 (all)"
    )
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--install", action="store_true", help="make the environments, run nothing")
    own, pytest_arguments = sys.argv[1:], []
    if "--" in own:
        cut = own.index("--")
        own, pytest_arguments = own[:cut], own[cut + 1 :]
    options = parser.parse_args(own)

    lock = (ROOT / "requirements.lock").read_text()
    there = environments(find_pythons(candidates()), lock)
    if unknown := [name for name in options.names if name not in there]:
        parser.error(f"no environment {', '.join(unknown)}; found: {', '.join(there) or 'none'}")
    chosen = [there[name] for name in options.names] or list(there.values())
    if not chosen:
        parser.error("no Python from 3.11 on PATH or under pyenv")
    if options.list:
        for environment in chosen:
            print(f"{environment.name:<12} {environment.python}")
        return 0
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if not uv:
        parser.error("uv is missing: run make matrix, which installs it")

    rows: list[tuple[str, str, dict[str, int], float]] = []
    for environment in chosen:
        start = time.monotonic()
        counts: dict[str, int] = {}
        try:
            prepare(environment, uv)
            if options.install:
                result = "installed"
            else:
                status, counts = run_tests(environment, pytest_arguments)
                result = "ok" if status == 0 else f"pytest ended with {status}"
        except subprocess.CalledProcessError as error:
            result = "not installed"
            print(f"{environment.name}: uv ended with {error.returncode}", file=sys.stderr)
        rows.append((environment.name, result, counts, time.monotonic() - start))
    print(f"\n{table(rows)}")
    return 0 if all(result in ("ok", "installed") for _, result, _, _ in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
