"""`make loadtest`: measure grading, print the table, write loadtest.json."""

import json
import shutil
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.files import write_whole
from autograder.exit_codes import ExitCode
from autograder.progress import Progress
from autograder.validation.performance.pages import render

from .parts import Parts, clean, environment

Part = StrEnum("Part", ["CLASS", "PEERS", "KILLS"])
RESULTS = Path("results", "loadtest")


def main(
    count: Annotated[int, typer.Option(min=2, help="submissions of the class")] = 500,
    kills: Annotated[int, typer.Option(min=1, help="how often kill -9")] = 100,
    peers: Annotated[int, typer.Option(min=1, help="submissions beside the peers")] = 10,
    jobs: Annotated[
        list[int] | None, typer.Option(min=1, metavar="N", help="so many at once (repeatable: 1 2)")
    ] = None,
    part: Annotated[list[Part] | None, typer.Option(help="only this part (repeatable)")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the class, and of when to kill")] = 0,
    otter: Annotated[
        Path | None,
        typer.Option(exists=True, help="Python of an environment with otter-grader (left out)"),
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for loadtest.json")] = RESULTS,
    keep: Annotated[
        Path | None, typer.Option(help="a new folder for the class and all results (removed)")
    ] = None,
) -> None:
    """Grade a class of 500 without training, beside nbgrader and otter, and kill it on the way.

    Ends with 1 if an outcome is wrong or something was lost.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        if keep is not None:
            keep.mkdir(parents=True)
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}; choose another") from None
    place = keep or Path(tempfile.mkdtemp(prefix="loadtest-"))
    place.chmod(0o711)  # workers of another uid pass through
    messages, numbers, chosen = Console(stderr=True, soft_wrap=True), jobs or [1, 2], part or Part
    # Submissions that each part grades, to estimate the time left.
    amounts = {
        Part.CLASS: count * len(numbers),
        Part.PEERS: 3 * peers,
        Part.KILLS: kills,
    }
    total = sum(amounts[name] for name in chosen)
    progress = Progress(messages, "", total, unit="submissions", own_lines=True)

    def begins(words: str) -> None:
        progress.update(doing=words)
        progress.line(words)

    parts = Parts(place.resolve(), seed, begins, progress.advance)
    work = {
        Part.CLASS: lambda: parts.whole_class(count, numbers),
        Part.PEERS: lambda: parts.beside_peers(peers, otter),
        Part.KILLS: lambda: parts.kills(kills, max(numbers)),
    }
    figures: dict = {"environment": environment(), "seed": seed}
    try:
        with progress:
            for name in chosen:
                before = progress.done
                figures[str(name)] = work[name]()
                progress.update(done=before + amounts[name])
                text = json.dumps(figures, indent=1, default=list) + "\n"
                write_whole(output / "loadtest.json", text)
    finally:
        if keep is None:
            shutil.rmtree(place, ignore_errors=True)
    print(render("loadtest.txt.j2", figures=figures), end="")
    messages.print(f"Written: {output / 'loadtest.json'}", markup=False, highlight=False)
    raise typer.Exit(ExitCode.OK if clean(figures) else ExitCode.FAILED)


if __name__ == "__main__":
    run_alone(main)
