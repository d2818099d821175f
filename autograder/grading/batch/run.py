"""A whole batch: what the journal knows is taken from there, the rest is judged, and kept.

Each submission is read when its turn comes, once, and its key says what the journal knows of it.
What timed out is judged once more when everything else is done, with nothing beside it: a busy
machine costs nobody points.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.config import Course
from autograder.grading.intake import BadSubmission, SubmissionSource
from autograder.grading.judging.job import Job
from autograder.grading.judging.observers import Listener
from autograder.grading.judging.records import BadRecord, from_record, result_of_record, to_record
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless

from .journal import Journal
from .keys import grader_version, key_of, review_key, review_version
from .pool import STRIKES, Event, JudgePool
from .settings import Settings

LOST = f"crashed: it ended the grading process {STRIKES} times, so nothing of it was graded"


@dataclass
class Batch:
    """Submissions, and the journal of the folder that their results go to.

    `force` judges again what the journal knows.
    """

    submissions: Sequence[SubmissionSource]
    course: Course
    settings: Settings
    journal: Journal
    force: bool = False
    # Found on the way to the next job: what the journal knows, and what cannot be read, and why.
    _known: deque[tuple[SubmissionSource, Mapping[str, Any]]] = field(
        default_factory=deque, init=False
    )
    _unreadable: deque[tuple[SubmissionSource, str]] = field(default_factory=deque, init=False)
    _again: list[Job] = field(default_factory=list, init=False)

    def __post_init__(self):
        """Raise MissingPath where a folder of the grader is missing: now, not in a process."""
        grader_version()
        review_version()
        self._by_name = {one.name: one for one in self.submissions}

    def run(
        self, judges: JudgePool, begin: Callable[[Setup], Listener]
    ) -> Iterator[SubmissionResult]:
        """Yield every submission when nothing more will happen to it.

        Args:
            begin: hears with what is graded, and says who listens from then on.
        """
        events = judges.judge(self._jobs())
        self._setup = Setup.from_json(next(events).content, self.course, self.settings.tasks)
        listener = begin(self._setup)
        yield from self._judged(events, listener)
        yield from self._judged(judges.judge(iter(self._again), at_once=1), listener)

    def _judged(self, events: Iterable[Event], listener: Listener) -> Iterator[SubmissionResult]:
        """Those of which nothing more will be judged, when everybody who listens knows it."""
        running: dict[str, SubmissionResult] = {}
        for event in events:
            yield from self._without_judge(listener)
            job = event.job
            assert job is not None  # `ready`, the only event of no job, comes before these
            if event.kind == "begin":
                graded = self._begin(self._by_name[job.name])
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
                yield from self._finished(self._ended(event, job), job, listener)
        yield from self._without_judge(listener)

    def _without_judge(self, listener: Listener) -> Iterator[SubmissionResult]:
        """Those of which nothing has to be judged; a record that is none counts as unknown."""
        while self._unreadable:
            source, problem = self._unreadable.popleft()
            graded = replace(self._begin(source), problem=problem)
            yield from self._finished(graded, None, listener)
        while self._known:
            source, record = self._known.popleft()
            try:
                graded = replace(from_record(record, self._begin(source)), fresh=False)
            except BadRecord:
                self._again += filter(None, [self._job(source)])
                continue
            job = self._job(source) if _timed_out(graded) else None
            yield from self._finished(graded, job, listener)

    def _finished(
        self, graded: SubmissionResult, job: Job | None, listener: Listener
    ) -> Iterator[SubmissionResult]:
        """It, unless what timed out is to be judged once more."""
        if job and _timed_out(graded):
            self._again.append(_without_time_outs(job, graded))
        else:
            listener.finish(graded)
            yield graded

    def _ended(self, event: Event, job: Job) -> SubmissionResult:
        """What a judge has found out, in the journal before anybody hears of it."""
        graded = self._begin(self._by_name[job.name])
        if event.kind == "lost":
            graded = replace(graded, problem=LOST)
        else:
            graded = from_record(event.content, graded)
        graded.retried = graded.retried or (bool(job.earlier) and not job.only_review)
        self.journal.add(job.key, job.name, to_record(graded), review_key(job.key))
        return graded

    # --------------------------------------------------------------------------------- jobs

    def _jobs(self) -> Iterator[Job]:
        """What has to be judged, or reviewed anew; the rest is laid aside on the way."""
        for source in self.submissions:
            if (job := self._job(source)) is None:
                continue
            record = None if self.force else self.journal.records.get(job.key)
            if record is None:
                yield job
            elif _is_whole(record) and self.journal.reviews.get(job.key) != review_key(job.key):
                yield replace(job, earlier=record, only_review=True)
            else:
                self._known.append((source, record))

    def _job(self, source: SubmissionSource) -> Job | None:
        try:
            submission = source.read()
        except BadSubmission as error:
            self._unreadable.append((source, harmless(error.why, 500)))
            return None
        key = key_of(source.name, submission.files, self.course, self.settings)
        return Job(source.name, source.path, submission, key)

    def _begin(self, source: SubmissionSource) -> SubmissionResult:
        return self._setup.begin(source.name, source.path, source.students, source.submitted_at)


def _without_time_outs(job: Job, graded: SubmissionResult) -> Job:
    """The same submission, to be judged where it timed out."""
    kept = {n: r for n, r in graded.results.items() if r.outcome is not Outcome.TIMED_OUT}
    return replace(job, earlier=to_record(replace(graded, results=kept, finished=False)))


def _is_whole(record: object) -> bool:
    """Whether everything of it was judged."""
    return isinstance(record, dict) and record.get("finished") is True


def _timed_out(graded: SubmissionResult) -> bool:
    """Whether it has another try."""
    timed_out = any(result.outcome is Outcome.TIMED_OUT for result in graded.results.values())
    return timed_out and not graded.retried
