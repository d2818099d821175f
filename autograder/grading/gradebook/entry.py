"""What is kept of a submission once its own files are written: enough for the pages over all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.grading.judging.graded import Graded, Scope
from checkkit.report.figures import Picture
from checkkit.runner.outcomes import Outcome
from checkkit.text import one_line

from .marks import Marks


@dataclass(frozen=True)
class Entry:
    """One submission in the gradebook and on the page over all.

    `pending` are the tasks whose points wait for a person, `incomplete` those of which a check did
    not run; `mistakes` the pairs of a task and a diagnosis; `spent` the seconds of each task.
    """

    name: str
    scope: Scope
    marks: Marks
    problem: str
    flags: tuple[str, ...]
    pending: frozenset[str]
    incomplete: frozenset[str]
    outcomes: tuple[tuple[Outcome, int], ...]
    mistakes: tuple[tuple[str, str], ...]
    spent: dict[str, float] = field(repr=False)
    seconds: float = 0.0
    started: str = ""
    submitted_at: str = ""
    fresh: bool = True
    of_record: bool = True
    thumbnail: Picture | None = None

    @cached_property
    def urgent(self) -> bool:
        """A person has to look before this grade can count."""
        return bool(self.problem or self.pending)


def entry_of(graded: Graded, marks: Marks, thumbnail: Picture | None = None) -> Entry:
    """What is worth keeping of a graded submission."""
    scores = list(graded.scores())
    results = [result for score in scores for result in score.results]
    return Entry(
        graded.name,
        graded.scope,
        marks,
        one_line(graded.problem, 500),
        tuple(staff_flags(graded, marks)),
        marks.waiting(graded),
        frozenset(task.id for task in graded.not_run),
        tuple(Counter(_worth_counting(graded)).most_common()),
        tuple(dict.fromkeys((r.task, one_line(r.mistake)) for r in results if r.mistake)),
        {score.task.id: sum(r.seconds for r in score.results) for score in scores},
        graded.seconds,
        graded.started,
        graded.submitted_at,
        graded.fresh,
        graded.of_record,
        thumbnail,
    )


def _worth_counting(graded: Graded) -> Iterator[Outcome]:
    """How checks ended, without those that did not run and are worth nothing."""
    for result in graded.results.values():
        if result.outcome is not Outcome.NOT_RUN or graded.scope.shares[result.check]:
            yield result.outcome


def staff_flags(graded: Graded, marks: Marks) -> Sequence[str]:
    """What staff should know, the most urgent first; what nobody is accused of comes last."""
    overridden = [name for name, line in marks.lines.items() if line.source == "override"]
    flags = [*graded.flags(marks.ruled)]
    if marks.differ:
        flags.append("what counts differs between its students")
    if overridden:
        flags.append(f"overridden: {' '.join(overridden)}")
    return [one_line(flag, 500) for flag in flags] + [
        f"source: {one_line(line)}" for line in graded.suspicions
    ]
