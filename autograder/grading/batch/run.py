"""A whole batch: known results come from the journal, the rest is judged and added to it.

Each submission is read once, when its turn comes; its key says what the journal knows of it.
Submissions with a check that timed out are judged once more at the end, alone: a busy machine
costs nobody points.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.config import Course
from autograder.grading.intake import BadSubmission, SubmissionSource
from autograder.grading.judging.job import Job
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.records import BadRecord, from_record, result_of_record, to_record
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless

from .journal import Journal
from .keys import grader_version, key_of, review_key, review_version
from .pool import MAX_TRIES, Event, JudgePool
from .settings import Settings

LOST = f"crashed: it ended the grading process {MAX_TRIES} times, so nothing of it was graded"
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
    _again: list[Job] = field(default_factory=list, init=False)

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
        yield from self._judged(pool.judge(iter(self._again), at_once=1), observer)

    def _judged(self, events: Iterable[Event], observer: Observer) -> Results:
        """Pass events to the observer, and yield the results that are final."""
        running: dict[str, SubmissionResult] = {}
        for event in events:
            yield from self._without_judge(observer)
            job = event.job
            assert job is not None  # `ready`, the only event without a job, came before
            if event.kind == "begin":
                result = self._begin(self._by_name[job.name])
                running[job.name] = from_record(job.earlier, result) if job.earlier else result
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
                job = self._job(source) if _timed_out(result) else None
            yield from self._finish(result, job, observer)

    def _finish(self, result: SubmissionResult, job: Job | None, observer: Observer) -> Results:
        """Yield the result, unless a check timed out and is judged once more."""
        if job and _timed_out(result):
            checks = result.results.items()
            kept = {n: check for n, check in checks if check.outcome is not Outcome.TIMED_OUT}
            again = replace(result, results=kept, out_of_time="", finished=False, retried=True)
            earlier = to_record(again)
            self._again.append(replace(job, earlier=earlier))
        else:
            observer.finish(result)
            yield result

    def _ended(self, event: Event, job: Job) -> SubmissionResult:
        """The result of a job; it is in the journal before any observer gets it."""
        result = self._begin(self._by_name[job.name])
        if event.kind == "lost":
            result = replace(result, problem=LOST)
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
            complete = isinstance(record, dict) and record.get("finished") is True
            if record is None:
                yield job
            elif complete and self.journal.reviews.get(job.key) != review_key(job.key):
                yield replace(job, earlier=record, only_review=True)
            else:
                self._aside.append((source, record))

    def _job(self, source: SubmissionSource) -> Job | None:
        try:
            submission = source.read()
        except BadSubmission as error:
            self._aside.append((source, harmless(error.why, 500)))
            return None
        key = key_of(source.name, submission.files, self.course, self.settings)
        return Job(source.name, source.path, submission, key)

    def _begin(self, source: SubmissionSource) -> SubmissionResult:
        return self._setup.begin(source.name, source.path, source.students, source.submitted_at)


def _timed_out(result: SubmissionResult) -> bool:
    """Whether it is judged once more."""
    return not result.retried and Outcome.TIMED_OUT in result.counts()
