"""A whole batch: what the journal knows is taken from there, the rest is judged, and kept.

What timed out is judged once more when everything else is done, with nothing beside it: a busy
machine costs nobody points.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Self

from autograder.config import Course
from autograder.grading.intake import BadSubmission, Submission
from autograder.grading.intake.source import HandedIn
from autograder.grading.judging.checks import Check
from autograder.grading.judging.graded import Graded, Scope
from autograder.grading.judging.observers import Listener
from autograder.grading.judging.records import BadRecord, from_record, result_of_record, to_record
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless

from .journal import Journal
from .keys import key_of
from .pool import STRIKES, Event, Judges
from .settings import Job, Settings

LOST = f"crashed: it ended the grading process {STRIKES} times, so nothing of it was graded"


@dataclass(frozen=True)
class Ready:
    """With what a run grades, as its judges say."""

    isolation: str
    of_record: bool
    scope: Scope
    loose: tuple[str, ...]

    @classmethod
    def of(cls, event: Event, course: Course, tasks: Sequence[str]) -> Self:
        """What an event `ready` says."""
        checks = tuple(Check(**check) for check in event.content["checks"])
        scope = Scope(course, checks, tuple(tasks))
        loose = tuple(event.content["loose"])
        return cls(event.content["isolation"], event.content["of_record"], scope, loose)


@dataclass
class Batch:
    """Submissions, and the journal of the folder that their results go to.

    `force` judges again what the journal knows.
    """

    submissions: Sequence[HandedIn]
    course: Course
    settings: Settings
    journal: Journal
    force: bool = False
    _known: list[tuple[HandedIn, Mapping[str, Any]]] = field(default_factory=list, init=False)
    _waiting: list[HandedIn] = field(default_factory=list, init=False)
    _unreadable: list[tuple[HandedIn, str]] = field(default_factory=list, init=False)

    def __post_init__(self):
        self._by_name = {one.name: one for one in self.submissions}
        for one in self.submissions:
            try:
                record = self.journal.records.get(self._key(one, one.read()))
            except BadSubmission as error:
                self._unreadable.append((one, harmless(error.why, 500)))
                continue
            if record is None or self.force:
                self._waiting.append(one)
            else:
                self._known.append((one, record))

    def run(self, judges: Judges, begin: Callable[[Ready], Listener]) -> Iterator[Graded]:
        """Yield every submission when nothing more will happen to it.

        Args:
            begin: hears with what is graded, and says who listens from then on.
        """
        events = judges.judge(self._jobs(self._waiting))
        self._ready = Ready.of(next(events), self.course, self.settings.tasks)
        listener = begin(self._ready)
        late: list[Graded] = []
        broken: list[HandedIn] = []
        for one, problem in self._unreadable:
            yield _told(listener, replace(self._graded(one), problem=problem))
        for graded in chain(self._remembered(broken), self._judged(events, listener)):
            if _needs_another_try(graded):
                late.append(graded)
            else:
                yield _told(listener, graded)
        yield from self._last(judges, broken, late, listener)

    def _remembered(self, broken: list[HandedIn]) -> Iterator[Graded]:
        """Those that the journal knows; where its record is none, they are added to `broken`."""
        for one, record in self._known:
            try:
                yield replace(from_record(record, self._graded(one)), fresh=False)
            except BadRecord:
                broken.append(one)

    def _last(
        self, judges: Judges, broken: list[HandedIn], late: list[Graded], listener: Listener
    ) -> Iterator[Graded]:
        """What the journal had wrong, and what timed out: one at a time."""
        jobs = [*self._jobs(broken), *map(self._again, late)]
        for graded in self._judged(judges.judge(iter(jobs), at_once=1), listener):
            yield _told(listener, graded)

    def _judged(self, events: Iterable[Event], listener: Listener) -> Iterator[Graded]:
        """Those that judges have done, in the journal before anybody hears of them."""
        running: dict[str, Graded] = {}
        for event in events:
            job = event.job
            assert job is not None  # `ready`, the only event of no job, comes before these
            if event.kind == "begin":
                graded = self._graded(self._by_name[job.name])
                running[job.name] = from_record(job.earlier, graded) if job.earlier else graded
                listener.begin(running[job.name])
            elif event.kind == "check":
                listener.check(running[job.name], event.content)
            elif event.kind == "result":
                result = result_of_record(event.content)
                running[job.name].results[result.check] = result
                listener.result(running[job.name])
            else:
                running.pop(job.name, None)
                graded = self._graded(self._by_name[job.name])
                if event.kind == "lost":
                    graded = replace(graded, problem=LOST)
                else:
                    graded = from_record(event.content, graded)
                graded.retried = bool(job.earlier)
                self.journal.add(job.key, job.name, to_record(graded))
                yield graded

    # --------------------------------------------------------------------------------- jobs

    def _jobs(self, submissions: Iterable[HandedIn]) -> Iterator[Job]:
        for one in submissions:
            try:
                taken = one.read()
            except BadSubmission:  # it went away meanwhile
                taken = Submission()
            key = self._key(one, taken)
            yield Job(
                one.name,
                str(one.path),
                key,
                taken.files,
                tuple(taken.ignored),
                tuple(taken.remarks),
                taken.of_cells,
            )

    def _again(self, graded: Graded) -> Job:
        """The same submission, without what timed out."""
        kept = {n: r for n, r in graded.results.items() if r.outcome is not Outcome.TIMED_OUT}
        earlier = to_record(replace(graded, results=kept, finished=False))
        return replace(next(self._jobs([self._by_name[graded.name]])), earlier=earlier)

    def _key(self, one: HandedIn, taken: Submission) -> str:
        return key_of(one.name, taken.files, self.course, self.settings)

    def _graded(self, one: HandedIn) -> Graded:
        return Graded(
            one.name,
            one.path,
            self._ready.scope,
            self._ready.isolation,
            self._ready.of_record,
            students=one.students,
            submitted_at=one.submitted_at.isoformat() if one.submitted_at else "",
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _needs_another_try(graded: Graded) -> bool:
    timed_out = any(result.outcome is Outcome.TIMED_OUT for result in graded.results.values())
    return timed_out and not graded.retried


def _told(listener: Listener, graded: Graded) -> Graded:
    """Everybody who listens knows that it is final."""
    listener.finish(graded)
    return graded
