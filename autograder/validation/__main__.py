"""`make validate`: run the steps that have not passed yet, one after the other (hours).

    python -m autograder.validation [STEP...] [--jobs N] [--force]

A step that passed runs again if a file that it reads has changed. After Ctrl-C the same command
continues; only the running job is lost.
"""

import json
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.command_line import run_alone
from autograder.config.files import write_whole
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode

from .steps import Step, chosen

PASSED = "passed.json"
RESULTS: dict[int, str] = {ExitCode.OK: "passed", ExitCode.INTERRUPTED: "interrupted"}


def main(
    steps: Annotated[list[str] | None, typer.Argument(metavar="[STEP...]")] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="number of processes")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="also run steps that have passed")] = False,
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path(
        "results", "validation"
    ),
) -> None:
    """Validate the checks: all steps, or only the named steps."""
    try:
        wanted = chosen(steps or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    output.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(run(wanted, output.absolute(), jobs, force))


def run(
    steps: Sequence[Step],
    output: Path,
    jobs: int | None = None,
    force: bool = False,
    console: Console | None = None,
) -> int:
    """Run steps and print the result of each; return the exit status."""
    console = console or Console(stderr=True, soft_wrap=True)
    passed, status, table = _read(output), ExitCode.OK, Table("step", "result", "minutes")
    for number, step in enumerate(steps, start=1):
        version, before = step.version(REPOSITORY), passed.get(step.name, {})
        if before.get("version") == version and not force:
            table.add_row(step.name, f"unchanged since it passed on {before['when']}", "0.0")
            continue
        console.print(Text(f"[{number}/{len(steps)}] {step.name}: {step.question}", "bold"))
        started = time.monotonic()
        code = _exit_status(step.command_line(output, jobs))
        result = RESULTS.get(code, f"failed (exit status {code})")
        table.add_row(step.name, result, f"{(time.monotonic() - started) / 60:.1f}")
        if code == ExitCode.INTERRUPTED:
            status = ExitCode.INTERRUPTED
            break
        if code == ExitCode.OK:
            passed[step.name] = {"version": version, "when": f"{datetime.now():%Y-%m-%d %H:%M}"}
            write_whole(output / PASSED, json.dumps(passed, indent=1))
        else:
            status = ExitCode.FAILED
    console.print(table)
    if status == ExitCode.INTERRUPTED:
        console.print(Text("Interrupted. The same command continues.", "yellow"))
    return status


def _exit_status(command: Sequence[str]) -> int:
    """The exit status of a command; Ctrl-C reaches it too, and it ends by itself."""
    with subprocess.Popen(command, cwd=REPOSITORY.root) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _read(output: Path) -> dict[str, dict[str, str]]:
    """The steps that have passed; none if the file cannot be read."""
    try:
        passed = json.loads((output / PASSED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return passed if isinstance(passed, dict) else {}


if __name__ == "__main__":
    run_alone(main)
