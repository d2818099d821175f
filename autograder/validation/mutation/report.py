"""The score as a table, as lines that say what is wrong, and as a CSV of every mutant."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from autograder.config.files import write_whole
from checkkit.text import one_line

from .score import RAW_AT_LEAST, Figures, Score, Trial, Verdict
from .trial import GIVEN, TESTS_OF_GIVEN

COLUMNS = (
    *("file", "line", "function", "operator", "before", "after"),
    *("verdict", "killed_by", "seeds", "message"),
)


def table(score: Score) -> Table:
    """A row a file, and the sum of all but training.py."""
    drawn = Table()
    for heading in ("file", "mutants", "killed", "equivalent", "raw score", "without equivalents"):
        drawn.add_column(heading, justify="left" if heading == "file" else "right")
    others = [file for file in score.files if file != GIVEN]
    for file in others:
        drawn.add_row(*_cells(file, score.figures(file)))
    if others:
        drawn.add_section()
        drawn.add_row(*_cells("together", score.main), end_section=True)
    if GIVEN in score.files:
        drawn.add_row(*_cells(GIVEN, score.figures(GIVEN)))
    return drawn


def _cells(name: str, figures: Figures) -> list[str]:
    counts = (figures.total, figures.killed, figures.excused)
    return [name, *map(str, counts), f"{figures.raw:.1%}", f"{figures.final:.1%}"]


def summary(score: Score, left_out: int) -> Iterator[Text]:
    """What is wrong, survivors first, each with its place and what to do."""
    survivors = [_told(trial) for trial in score.having(Verdict.SURVIVED)]
    yield from _listed("survivors: strengthen a check, or list it with a reason", survivors)
    chance = [
        f"{_told(trial)}: at {len(trial.killers)} of {trial.seeds} seeds, {_by(trial)}"
        for trial in score.having(Verdict.BY_CHANCE)
    ]
    yield from _listed("killed by chance: strengthen that check", chance)
    unjudged = [
        f"{_told(trial)}: {one_line(trial.problem, 300) or _by(trial)}"
        for trial in score.having(Verdict.UNJUDGED)
    ]
    yield from _listed("could not be judged", unjudged)
    stale = [
        f"equivalent.yaml:{score.excuses[address].line}: {address}: {why}"
        for address, why in score.stale
    ]
    yield from _listed("stale equivalents: remove them", stale)
    if score.whole:
        enough = score.main.raw >= RAW_AT_LEAST
        yield _line(enough, f"raw score at least {RAW_AT_LEAST:.0%}: {score.main.raw:.1%}")
    ours = sum(
        trial.killers[0].check.startswith(TESTS_OF_GIVEN.stem)
        for trial in score.having(Verdict.KILLED)
    )
    if ours:
        yield Text(f"Killed by {TESTS_OF_GIVEN.name} and by no check: {ours} of {GIVEN}.")
    yield Text(f"Not counted: {left_out} changes within annotations.")


def _listed(title: str, lines: Sequence[str]) -> Iterator[Text]:
    yield _line(not lines, f"{title}: {len(lines)}" if lines else f"{title.partition(':')[0]}: 0")
    yield from (Text(f"    {line}") for line in lines)


def _line(good: bool, text: str) -> Text:
    return Text(f"{'✓' if good else '✗'} {text}", style="green" if good else "bold red")


def _told(trial: Trial) -> str:
    mutation = trial.mutation
    return f"{mutation.file}:{mutation.line}: {mutation.address.told}"


def _by(trial: Trial) -> str:
    first = trial.killers[0]
    return f"{first.check}: {one_line(first.message.partition(chr(10))[0], 160)}"


def write_csv(folder: Path, score: Score) -> Path:
    """Write mutation.csv, a line for each mutant, into `folder`; return its path."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for trial in score.trials:
        address, by = trial.mutation.address, next(iter(trial.killers), None)
        rows.writerow(
            {
                **asdict(address),
                "line": trial.mutation.line,
                "verdict": str(score.verdict(trial)),
                "killed_by": by.check if by else "",
                "seeds": f"{len(trial.killers)} of {trial.seeds}",
                "message": one_line(trial.problem or (by.message if by else ""), 300),
            }
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mutation.csv"
    write_whole(path, text.getvalue())
    return path
