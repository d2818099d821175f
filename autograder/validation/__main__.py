"""`make validate`: run the steps that are not known to hold, one after the other (hours).

    python -m autograder.validation [STEP...] [--jobs N] [--force]

A step that passed is run again when something that it reads has changed. Ctrl-C loses nothing but
the job that runs: the same command goes on.
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


def main(
    steps: Annotated[list[str] | None, typer.Argument(metavar="[STEP...]")] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="processes at once")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="also run what has passed and has not changed")
    ] = False,
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path(
        "results", "validation"
    ),
) -> None:
    """Ask whether the checks are right: every step, or those that are named."""
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
    """Run steps and print what came of each; return the exit status."""
    console = console or Console(stderr=True, soft_wrap=True)
    passed = _read(output)
    rows: list[tuple[Step, str, float]] = []
    status = ExitCode.OK
    for number, step in enumerate(steps, start=1):
        version = step.version(REPOSITORY)
        before = passed.get(step.name, {})
        if before.get("version") == version and not force:
            rows.append((step, f"unchanged since it passed on {before['when']}", 0))
            continue
        console.print(Text(f"[{number}/{len(steps)}] {step.name}: {step.asks}", "bold"))
        started = time.monotonic()
        ended = _ended(step.command_line(output, jobs))
        rows.append((step, _in_words(ended), time.monotonic() - started))
        if ended == ExitCode.INTERRUPTED:
            status = ExitCode.INTERRUPTED
            break
        if ended:
            status = ExitCode.FAILED
            continue
        passed[step.name] = {"version": version, "when": f"{datetime.now():%Y-%m-%d %H:%M}"}
        write_whole(output / PASSED, json.dumps(passed, indent=1))
    console.print(_table(rows))
    if status == ExitCode.INTERRUPTED:
        console.print(Text("Interrupted. The same command goes on.", "yellow"))
    return status


def _ended(command: Sequence[str]) -> int:
    """The exit status of a command; Ctrl-C reaches it too, and it ends by itself."""
    with subprocess.Popen(command, cwd=REPOSITORY.root) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _in_words(status: int) -> str:
    words: dict[int, str] = {ExitCode.OK: "passed", ExitCode.INTERRUPTED: "interrupted"}
    return words.get(status, f"failed (exit status {status})")


def _read(output: Path) -> dict[str, dict[str, str]]:
    """What has passed; a file that cannot be read says nothing."""
    try:
        passed = json.loads((output / PASSED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return passed if isinstance(passed, dict) else {}


def _table(rows: Sequence[tuple[Step, str, float]]) -> Table:
    table = Table("step", "result", "minutes")
    for step, result, seconds in rows:
        table.add_row(step.name, result, f"{seconds / 60:.1f}")
    return table


if __name__ == "__main__":
    run_alone(main)
