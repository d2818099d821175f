"""The score as a table, as lines that say what is wrong, and as a CSV of every mutant."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from pathlib import Path

from rich.table import Table
from rich.text import Text

from autograder.config.files import write_whole
from autograder.validation.terminal import section, verdict
from checkkit.text import one_line

from .score import RAW_AT_LEAST, Figures, Score, Trial, Verdict
from .trial import GIVEN, TESTS_OF_GIVEN, Killer

COLUMNS = (
    *("file", "line", "function", "operator", "before", "after"),
    *("verdict", "killed_by", "seeds", "message"),
)


def table(score: Score) -> Table:
    """A row a file, and the sum of all but training.py."""
    drawn = Table("file")
    for heading in ("mutants", "killed", "equivalent", "raw score", "without equivalents"):
        drawn.add_column(heading, justify="right")
    rows = {file: score.figures(file) for file in score.files if file != GIVEN}
    if rows:
        rows["together"] = score.main
    if GIVEN in score.files:
        rows[GIVEN] = score.figures(GIVEN)
    for name, figures in rows.items():
        if name == "together":
            drawn.add_section()
        drawn.add_row(name, *_cells(figures), end_section=name == "together")
    return drawn


def _cells(figures: Figures) -> list[str]:
    counts = (figures.total, figures.killed, figures.excused)
    return [*map(str, counts), f"{figures.raw:.1%}", f"{figures.final:.1%}"]


def summary(score: Score, left_out: int) -> Iterator[Text]:
    """What is wrong, survivors first, each with its place and what to do."""
    survivors = list(map(_place, score.having(Verdict.SURVIVED)))
    yield from section("survivors (strengthen a check, or list it with a reason)", survivors)
    chance = [
        f"{_place(trial)}: at {len(trial.killers)} of {len(trial.outcomes)} seeds, "
        f"{_describe(trial.killers[0])}"
        for trial in score.having(Verdict.BY_CHANCE)
    ]
    yield from section("killed by chance (strengthen that check)", chance)
    not_judged = [
        f"{_place(trial)}: {one_line(trial.problem, 300) or _describe(trial.killers[0])}"
        for trial in score.having(Verdict.NOT_JUDGED)
    ]
    yield from section("could not be judged", not_judged)
    stale = [
        f"equivalent.yaml:{score.equivalents[address]}: {address}: {why}"
        for address, why in score.stale.items()
    ]
    yield from section("stale equivalents (remove them)", stale)
    if score.whole:
        enough = score.main.raw >= RAW_AT_LEAST
        yield verdict(enough, f"raw score at least {RAW_AT_LEAST:.0%}: {score.main.raw:.1%}")
    ours = sum(
        trial.killers[0].check.startswith(TESTS_OF_GIVEN.stem)
        for trial in score.having(Verdict.KILLED)
    )
    if ours:
        yield Text(f"Killed by {TESTS_OF_GIVEN.name} and by no check: {ours} of {GIVEN}.")
    yield Text(f"Not counted: {left_out} changes within annotations.")


def _place(trial: Trial) -> str:
    address = trial.mutation.address
    return f"{address.file}:{trial.mutation.line}: {address.without_file}"


def _describe(killer: Killer) -> str:
    return f"{killer.check}: {one_line(killer.message.partition(chr(10))[0], 160)}"


def write_csv(folder: Path, score: Score) -> Path:
    """Write mutation.csv, a line for each mutant, into `folder`; return its path."""
    text = StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for trial in score.trials:
        killer = trial.killers[0] if trial.killers else Killer("", "")
        result = {
            "line": trial.mutation.line,
            "verdict": str(score.verdict(trial)),
            "killed_by": killer.check,
            "seeds": f"{len(trial.killers)} of {len(trial.outcomes)}",
            "message": one_line(trial.problem or killer.message, 300),
        }
        rows.writerow(asdict(trial.mutation.address) | result)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "mutation.csv", text.getvalue())
    return folder / "mutation.csv"
