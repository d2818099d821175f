"""Grade a submission with a zip as the platform would, on this machine, as root."""

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from autograder.command_line import run_alone
from autograder.config import GradingError, load_course
from autograder.exit_codes import ExitCode
from checkkit.text import harmless

from . import shown
from .harness import MIB, MOST_OUTPUT, Limits, Outcome, grade, metadata
from .image import NoImage, base, set_up, with_environment, workplace

IMAGE = Path("build", "gradescope", "image")


def main(
    zipped: Annotated[Path, typer.Argument(metavar="ZIP", help="autograder.zip")],
    submission: Annotated[Path, typer.Argument(metavar="SUBMISSION", help="folder or file")],
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="unpacked Linux, best Ubuntu 22.04")
    ] = None,
    environment: Annotated[
        Path | None, typer.Option(metavar="DIR", help="virtual environment in place of setup.sh")
    ] = None,
    image: Annotated[Path, typer.Option(metavar="DIR", help="keeps what setup.sh made")] = IMAGE,
    show: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="setup.sh may read it (repeatable)")
    ] = None,
    memory: Annotated[int, typer.Option(min=64, metavar="MB", help="as in the settings")] = 768,
    cpus: Annotated[float, typer.Option(min=0.05, help="as in the settings")] = 0.5,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="as set")] = 600,
    student: Annotated[
        list[str] | None, typer.Option(metavar="EMAIL", help="who hands in (repeatable)")
    ] = None,
    created_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="when it was handed in, like 2026-12-11T23:59+01:00; without an offset, by the "
            "clocks of the course (default: an hour before it is due)",
        ),
    ] = None,
    when: Annotated[
        str, typer.Option(metavar="before_due|after_due|published", help="print students' page")
    ] = "before_due",
    landlock: Annotated[
        bool, typer.Option("--landlock", help="the platform's kernel has Landlock")
    ] = False,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="keep results.json there")
    ] = None,
) -> None:
    """Grade a submission with a zip as Gradescope would; root on Linux only."""
    messages = Console(stderr=True, soft_wrap=True)
    try:
        due = load_course().assignments[0].due
        created = moment(created_at, due) if created_at else due - timedelta(hours=1)
        page = _refuse(root, environment, when)
        with workplace() as folder:
            place = Path(folder)
            below = base(place, root)
            if environment is not None:
                made = with_environment(below, zipped, environment, place)
            else:
                made = set_up(below, zipped, image.absolute(), tuple(show or ()))
            told = metadata(created, due, student or ["student@example.edu"], {})
            (run := place / "run").mkdir()
            limits = Limits(memory * MIB, cpus, timeout)
            outcome = grade(made, submission, told, run, limits, landlock)
    except (GradingError, NoImage, ValueError, OSError) as error:
        messages.print(Text(str(error), style="bold red"))
        raise typer.Exit(ExitCode.BAD_REQUEST) from None
    if results and outcome.results:
        results.write_text(json.dumps(outcome.results, indent=1))
    raise typer.Exit(_tell(outcome, page))


def moment(text: str, due: datetime) -> datetime:
    """A time of the command line; without an offset, in the zone of the due date."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--created-at {text}: write it like 2026-12-11T23:59+01:00") from None
    return time if time.tzinfo else time.replace(tzinfo=due.tzinfo)


def _refuse(root: Path | None, environment: Path | None, when: str) -> shown.When:
    """The page to print, once the request is known to make sense."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise ValueError("this takes root on Linux: it makes namespaces and mounts")
    pages: dict[str, shown.When] = {one: one for one in shown.WHENS}
    if when not in pages:
        raise ValueError(f"--when {when}: give one of {', '.join(shown.WHENS)}")
    if root is None and environment is None:
        raise ValueError(
            "setup.sh needs a system of its own: give --root with an unpacked Ubuntu 22.04 (from "
            "debootstrap, or docker export), or --environment with a virtual environment that "
            "stands for what setup.sh installs"
        )
    return pages[when]


def _tell(outcome: Outcome, when: shown.When) -> ExitCode:
    console = Console(soft_wrap=True, highlight=False)
    if outcome.results is None:
        console.print(Text(f"{outcome.problem}: the platform takes over nothing", "bold red"))
        if outcome.left is not None:
            left = shown.score(outcome.left)
            console.print(f"results.json held {left:g} points when it was ended")
    else:
        console.rule(f"what students see: {when}")
        console.print(Text(shown.as_student(outcome.results, when)))
        console.rule("what staff see besides")
        console.print(f"Score: {shown.score(outcome.results):g}")
        console.print("\n".join(shown.overview(outcome.results)))
    console.print(Text(harmless(outcome.stdout, MOST_OUTPUT)))
    used = f"{outcome.memory / MIB:.0f} MiB at most, {outcome.cpu_seconds:.0f} s of CPU time"
    used = used if outcome.bounded else "memory and processors are not bounded on this machine"
    killed = f"; killed for memory: {outcome.kills} processes" if outcome.kills else ""
    console.print(f"{outcome.seconds:.0f} s; {used}{killed}")
    return ExitCode.OK if outcome.results is not None else ExitCode.FAILED


if __name__ == "__main__":
    run_alone(main)
