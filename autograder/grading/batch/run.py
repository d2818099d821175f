"""A whole batch: known results come from the journal, the rest is judged and added to it.

Each submission is read once, when its turn comes; its key says what the journal knows of it. The
visible checks of all submissions come first. Only then is the first hidden check sent to a worker:
no submission can say anything to a student that it has learned, in whatever way, from a worker
that has seen a hidden check. After each of the two parts, submissions with a check that timed out
are judged once more, alone: a busy machine costs nobody points.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.config import Course
from autograder.grading.intake import BadSubmission, SubmissionSource
from autograder.grading.intake.naming import few
from autograder.grading.judging.job import Job
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.records import BadRecord, from_record, result_of_record, to_record
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless

from .journal import Journal
from .keys import grader_version, key_of, review_key, review_version
from .pool import Event, JudgePool
from .settings import Settings

LOST = "crashed: it ended the grading process at every try, so nothing of it was graded"
Results = Iterator[SubmissionResult]


@dataclass
class Batch:
    """Submissions, and the journal of the folder that their results go to.

    `force` judges submissions again that the journal knows.
    """

    submissions: Sequence[SubmissionSource]
    course: Course
    settings: Settings
    journal: Journal
    force: bool = False
    # Filled while jobs are made: submissions with their records, or the reason why they have none.
    _aside: deque[tuple[SubmissionSource, Mapping[str, Any] | str]] = field(
        default_factory=deque, init=False
    )
    _again: deque[Job] = field(default_factory=deque, init=False)
    _hidden: deque[Job] = field(default_factory=deque, init=False)
    _doubts: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self):
        """Raise MissingPath if a folder of the grader is missing, before any process starts."""
        grader_version()
        review_version()
        self._by_name = {one.name: one for one in self.submissions}

    def run(self, pool: JudgePool, begin: Callable[[Setup], Observer]) -> Results:
        """Yield the result of every submission as soon as it is final.

        Args:
            begin: gets the setup of the judges, and returns the observer of this run.
        """
        events = pool.judge(self._jobs())
        self._setup = Setup.from_json(next(events).content, self.course, self.settings.tasks)
        observer = begin(self._setup)
        yield from self._judged(events, observer)
        for jobs, at_once in ((self._again, 1), (self._hidden, None), (self._again, 1)):
            while jobs:
                yield from self._judged(pool.judge(_taken(jobs), at_once), observer)

    def _judged(self, events: Iterable[Event], observer: Observer) -> Results:
        """Pass events to the observer, and yield the results that are final."""
        running: dict[str, SubmissionResult] = {}
        for event in events:
            yield from self._without_judge(observer)
            job = event.job
            assert job is not None  # `ready`, the only event without a job, came before
            if event.kind == "begin":
                result = self._begin(self._by_name[job.name])
                running[job.name] = _so_far(job, result, event.content)
                observer.begin(running[job.name])
            elif event.kind == "check":
                observer.check(running[job.name], event.content)
            elif event.kind == "result":
                check = result_of_record(event.content)
                running[job.name].results[check.check] = check
                observer.result(running[job.name], check)
            else:
                running.pop(job.name, None)
                yield from self._finish(self._ended(event, job), job, observer)
        yield from self._without_judge(observer)

    def _without_judge(self, observer: Observer) -> Results:
        """Yield results that need no judge; a record that cannot be read is judged again."""
        while self._aside:
            source, record = self._aside.popleft()
            job, result = None, self._begin(source)
            if isinstance(record, str):
                result = replace(result, problem=record)
            else:
                try:
                    result = replace(from_record(record, result), fresh=False)
                except BadRecord:
                    self._again += filter(None, [self._job(source)])
                    continue
                unfinished = _timed_out(result) or not (result.finished or result.problem)
                job = self._job(source) if unfinished else None
            yield from self._finish(result, job, observer)

    def _finish(self, result: SubmissionResult, job: Job | None, observer: Observer) -> Results:
        """Yield the result, unless something of it is still to be judged."""
        hidden = any(check.hidden for check in result.scope.checks if check.name in result.results)
        if job and (late := _timed_out(result)):
            kept = {name: check for name, check in result.results.items() if name not in late}
            retried = (*result.retried, *late)
            again = replace(result, results=kept, out_of_time="", finished=False, retried=retried)
            job = replace(job, hidden=hidden, earlier=to_record(again), only_review=False)
            self._again.append(job)
        elif job and not (hidden or job.hidden or result.finished or result.problem):
            job = replace(job, hidden=True, earlier=to_record(result), only_review=False)
            self._hidden.append(job)
        else:
            observer.finish(result)
            yield result

    def _ended(self, event: Event, job: Job) -> SubmissionResult:
        """The result of a job; it is in the journal before any observer gets it."""
        result = self._begin(self._by_name[job.name])
        if event.kind == "lost":
            result = replace(_so_far(job, result, event.content), problem=LOST)
        else:
            result = from_record(event.content, result)
        self.journal.add(job.key, job.name, to_record(result), review_key(job.key))
        return result

    # --------------------------------------------------------------------------------- jobs

    def _jobs(self) -> Iterator[Job]:
        """Submissions to judge or to review again; the others are put aside on the way."""
        for source in self.submissions:
            if (job := self._job(source)) is None:
                continue
            record = None if self.force else self.journal.records.get(job.key)
            judged = isinstance(record, dict) and not record.get("problem")
            if record is None:
                yield job
            elif judged and self.journal.reviews.get(job.key) != review_key(job.key):
                yield replace(job, earlier=record, only_review=True)
            else:
                self._aside.append((source, record))

    def _job(self, source: SubmissionSource) -> Job | None:
        try:
            submission = source.read()
        except BadSubmission as error:
            self._aside.append((source, harmless(error.why, 500)))
            return None
        self._doubts[source.name] = few(submission.doubts)
        key = key_of(source.name, submission, self.course, self.settings)
        tasks = map(self.course.auto_tasks.__getitem__, self.settings.tasks)
        return Job(
            source.name, source.path, submission, key, hidden=all(task.hidden for task in tasks)
        )

    def _begin(self, source: SubmissionSource) -> SubmissionResult:
        when = source.submitted_at
        return replace(
            self._setup.begin(source.name, source.path),
            students=source.students,
            submitted_at=when.isoformat() if when else "",
            said_late=source.said_late,
            time_hint=source.time_hint,
            notices=few(source.flags),
            doubts=self._doubts.get(source.name, ()),
        )


def _so_far(
    job: Job, result: SubmissionResult, suspicions: Sequence[str] | None
) -> SubmissionResult:
    """The result with all that is known of a job when its judging begins."""
    if job.earlier:
        return from_record(job.earlier, result)
    return replace(result, suspicions=tuple(suspicions or ()))


def _timed_out(result: SubmissionResult) -> list[str]:
    """The checks that are judged once more."""
    return [
        name
        for name, check in result.results.items()
        if check.outcome is Outcome.TIMED_OUT and name not in result.retried
    ]


def _taken(jobs: deque[Job]) -> Iterator[Job]:
    """The jobs that are there now, each removed when its turn comes."""
    for _ in range(len(jobs)):
        yield jobs.popleft()
