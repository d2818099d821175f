"""The score as a table, as lines that say what is wrong, and as a CSV of every mutant."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from autograder.config.files import write_whole
from autograder.validation.files import csv_of
from autograder.validation.terminal import section, verdict
from checkkit.text import one_line

from .score import RAW_AT_LEAST, Score, Trial, Verdict, share_killed
from .trial import GIVEN, TESTS_OF_GIVEN, Killer


def table(score: Score) -> Table:
    """A row a file, and the sum of all but training.py."""
    drawn = Table("file")
    for heading in ("mutants", "killed", "equivalent", "raw score", "without equivalents"):
        drawn.add_column(heading, justify="right")
    rows = {file: score.counts(file) for file in score.files if file != GIVEN}
    if rows:
        rows["together"] = score.counts()
    if GIVEN in score.files:
        rows[GIVEN] = score.counts(GIVEN)
    for name, counts in rows.items():
        if name == "together":
            drawn.add_section()
        numbers = (counts.total(), counts[Verdict.KILLED], counts[Verdict.EXCUSED])
        shares = share_killed(counts), share_killed(counts, without=Verdict.EXCUSED)
        cells = [*map(str, numbers), *(f"{share:.1%}" for share in shares)]
        drawn.add_row(name, *cells, end_section=name == "together")
    return drawn


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
        enough = score.raw >= RAW_AT_LEAST
        yield verdict(enough, f"raw score at least {RAW_AT_LEAST:.0%}: {score.raw:.1%}")
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
    rows = []
    for trial in score.trials:
        killer, address = next(iter(trial.killers), Killer("", "")), trial.mutation.address
        rows.append(
            {
                "file": address.file,
                "line": trial.mutation.line,
                **asdict(address),
                "verdict": score.verdict(trial),
                "killed_by": killer.check,
                "seeds": f"{len(trial.killers)} of {len(trial.outcomes)}",
                "message": one_line(trial.problem or killer.message, 300),
            }
        )
    write_whole(folder / "mutation.csv", csv_of(rows))
    return folder / "mutation.csv"
