"""`make loadtest`: measure grading, print the table, write loadtest.json."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.files import write_whole
from autograder.exit_codes import ExitCode
from autograder.progress import Progress

from . import measure
from .table import sentences

PARTS = ("sample", "class", "overhead", "peers", "kills")
RESULTS = Path("results", "loadtest")


def main(
    count: Annotated[int, typer.Option(min=2, help="submissions of the class")] = 500,
    sample: Annotated[int, typer.Option(min=2, help="of the class measured first")] = 20,
    kills: Annotated[int, typer.Option(min=1, help="how often kill -9")] = 100,
    peers: Annotated[int, typer.Option(min=1, help="submissions beside the peers")] = 10,
    jobs: Annotated[
        list[int] | None, typer.Option(min=1, metavar="N", help="so many at once (repeatable: 1 2)")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help=f"only this ({', '.join(PARTS)}; repeatable)")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the class, and of when to kill")] = 0,
    otter: Annotated[
        Path | None, typer.Option(help="Python of an environment with otter-grader (left out)")
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for loadtest.json")] = RESULTS,
    keep: Annotated[
        Path | None, typer.Option(help="a new folder for the class and all results (removed)")
    ] = None,
) -> None:
    """Grade a class of 500 without training, beside nbgrader and otter, and kill it on the way.

    Ends with 1 where an outcome is wrong or something was lost.
    """
    for name in part or ():
        if name not in PARTS:
            raise typer.BadParameter(f"--part {name}: give one of {', '.join(PARTS)}")
    if otter is not None and not otter.exists():
        raise typer.BadParameter(f"--otter {otter} is not there: make loadtest installs it")
    try:
        output.mkdir(parents=True, exist_ok=True)
        if keep is not None:
            keep.mkdir(parents=True)
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}; name another") from None
    place = keep or Path(tempfile.mkdtemp(prefix="loadtest-"))
    place.chmod(0o711)  # workers of another uid pass through
    messages = Console(stderr=True, soft_wrap=True)
    numbers = jobs or [1, 2]
    # Submissions that each part grades, so that the time left can be told.
    amounts = {
        "sample": sample * len(numbers),
        "class": count * len(numbers),
        "overhead": 2 + measure.COPIES,
        "peers": 3 * peers,
        "kills": kills,
    }
    chosen = part or PARTS
    progress = Progress(
        messages, "", sum(amounts[name] for name in chosen), unit="submissions", own_lines=True
    )

    def told(words: str) -> None:
        progress.update(doing=words)
        progress.line(words)

    setting = measure.Setting(place.resolve(), seed, told, progress.advance)
    work = {
        "sample": lambda: measure.whole_class(setting, sample, numbers, "sample"),
        "class": lambda: measure.whole_class(setting, count, numbers, "class"),
        "overhead": lambda: measure.overhead(setting),
        "peers": lambda: measure.beside_peers(setting, peers, otter),
        "kills": lambda: measure.kills(setting, kills, max(numbers)),
    }
    figures = {"environment": measure.environment(), "seed": seed}
    try:
        with progress:
            for name in chosen:
                before = progress.done
                figures[name] = work[name]()
                progress.update(done=before + amounts[name])
                write_whole(output / "loadtest.json", measure.as_json(figures))
    finally:
        if keep is None:
            shutil.rmtree(place, ignore_errors=True)
    for line in sentences(figures):
        Console(soft_wrap=True).print(line, markup=False, highlight=False)
    messages.print(f"Written: {output / 'loadtest.json'}", markup=False, highlight=False)
    raise typer.Exit(ExitCode.OK if measure.clean(figures) else ExitCode.FAILED)


if __name__ == "__main__":
    run_alone(main)
