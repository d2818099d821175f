"""What the commands of the validation print: refusals, and results in sections."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from autograder.config import GradingError
from autograder.config.reading import BadYaml, did_you_mean
from autograder.exit_codes import ExitCode
from autograder.grading.batch.journal import JournalInUse


@contextmanager
def refusing(console: Console) -> Iterator[None]:
    """End the command with a sentence if its request turns out to be impossible."""
    try:
        yield
    except (BadYaml, GradingError, JournalInUse, ValueError) as error:
        console.print(Text(str(error), style="bold red"))
        raise typer.Exit(ExitCode.BAD_REQUEST) from None


def refuse_unknown(only: Iterable[str], known: Sequence[str], what: str) -> None:
    """Raise ValueError for a name after --only that is not known."""
    for name in only:
        if name not in known:
            raise ValueError(f"--only {name}: no {what} has this name; {did_you_mean(name, known)}")


def verdict(good: bool, text: str) -> Text:
    """A line with a tick, or with a cross."""
    return Text(f"{'✓' if good else '✗'} {text}", style="green" if good else "bold red")


def section(title: str, faults: Sequence[object], most: int | None = None) -> Iterator[Text]:
    """A line with the number of faults, and below each of them, or `most` of them."""
    yield verdict(not faults, f"{title}: {len(faults)}")
    yield from (Text(f"    {fault}") for fault in faults[:most])
