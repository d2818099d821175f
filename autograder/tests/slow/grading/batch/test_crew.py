"""Judging processes that die, hang or never start; and what timed out, once more and alone."""

import itertools
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.batch.crew import Crew, CrewFailed, Event, _Process
from autograder.grading.batch.grading import Batch
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.keys import key_of
from autograder.grading.batch.settings import Job, Settings
from autograder.grading.intake.single import handed_in_at
from autograder.grading.judging.graded import Graded
from autograder.grading.judging.listening import Listener
from autograder.tests.support.submissions import contents, submission
from checkkit.runner.outcomes import Outcome

pytestmark = pytest.mark.usefixtures("grading_run")

SETTINGS = Settings("ab", ("schedule",), training=False, isolation="auto")


def jobs(*names: str) -> Iterator[Job]:
    files = contents()
    return iter([Job(name, f"/{name}", f"key of {name}", files) for name in names])


def process_of(crew: Crew, name: str) -> _Process:
    return next(p for p in crew._processes if p.jobs and p.jobs[0].name == name)


def test_a_job_is_tried_three_times_and_costs_no_other_one():
    ended, begun = {}, []
    with Crew(SETTINGS, 2, silence=120) as crew:
        for event in crew.judge(jobs("anna", "bomb", "carl", "dora")):
            if event.kind == "begin":
                begun.append(event.job.name)
                if event.job.name == "bomb":
                    process_of(crew, "bomb").popen.kill()
            elif event.kind in ("done", "lost"):
                ended[event.job.name] = event.kind
    assert ended == {"anna": "done", "bomb": "lost", "carl": "done", "dora": "done"}
    assert begun.count("bomb") == 3


def test_a_process_that_falls_silent_is_replaced():
    stopped = []
    with Crew(SETTINGS, 1, silence=15) as crew:
        for event in crew.judge(jobs("anna")):
            if event.kind == "check" and not stopped:
                stopped.append(crew._processes[0].popen.pid)
                os.kill(stopped[0], signal.SIGSTOP)
            last = event
    assert last.kind == "done" and stopped


def test_it_says_with_what_it_grades_even_where_there_is_nothing_to_grade():
    with Crew(SETTINGS, 2, silence=120) as crew:
        [event] = crew.judge(jobs())
        assert event.kind == "ready" and event.content["isolation"] in ("bwrap", "user")
        assert {check["task"] for check in event.content["checks"]} == {"schedule"}
        assert list(crew.judge(jobs())) == []


def test_processes_that_cannot_start_are_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr("autograder.grading.batch.crew.REPOSITORY", Repository(REPOSITORY.docs))
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr("sys.executable", "/bin/false")
    with Crew(SETTINGS, 1, 60) as crew, pytest.raises(CrewFailed, match="end before they begin"):
        list(crew.judge(jobs("anna")))


def test_leaving_it_leaves_no_process_behind():
    with Crew(SETTINGS, 2, silence=120) as crew:
        next(crew.judge(jobs("anna", "ben")))
        pids = [process.popen.pid for process in crew._processes]
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# --------------------------------------------------------------------------------- time-outs


class Busy:
    """Real judges on a machine that is too busy at first: one check of each job times out."""

    def __init__(self, crew: Crew):
        self._crew, self.at_once = crew, []

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        self.at_once.append(at_once)
        for event in self._crew.judge(jobs, at_once):
            if event.kind == "done" and not event.job.earlier:
                results = event.content["results"]
                late = {**results[0], "outcome": str(Outcome.TIMED_OUT)}
                event = replace(event, content={**event.content, "results": [late, *results[1:]]})
            yield event


def test_what_timed_out_is_judged_again_alone_and_then_counts(tmp_path):
    paths = [submission(tmp_path / name) for name in ("anna", "ben")]
    course = load_course()
    submissions = [handed_in_at(path.name, path) for path in paths]
    (tmp_path / "out").mkdir()
    with Journal(tmp_path / "out") as journal:

        def run() -> tuple[list[Graded], list[int | None]]:
            batch = Batch(submissions, course, SETTINGS, journal)
            with Crew(SETTINGS, 2, 120) as crew:
                graded = list(batch.run(busy := Busy(crew), lambda ready: Listener()))
            assert [one.total for one in graded] == [5, 5] and all(one.retried for one in graded)
            return graded, busy.at_once

        graded, at_once = run()
        assert at_once == [None, 1]
        assert all(set(one.counts()) == {Outcome.PASSED} for one in graded)
        lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
        tries = [(line["name"], line["record"]["retried"]) for line in lines]
        assert sorted(tries) == list(itertools.product(("anna", "ben"), (False, True)))

        # Killed between the two tries, a run makes up for the second one.
        journal.records = {line["key"]: line["record"] for line in lines[:2]}
        assert all(one.fresh for one in run()[0])
        assert not any(one.fresh for one in run()[0])


# --------------------------------------------------------------------------------------- keys


def test_a_key_changes_with_all_that_could_change_a_result_and_with_nothing_else():
    course, files = load_course(), {"diffusion/a.py": b"1", "diffusion/b.py": b"2"}
    key = key_of("anna", files, course, SETTINGS)
    assert key == key_of("anna", dict(reversed(files.items())), course, SETTINGS)
    assert key == key_of("anna", files, _changed(course, points=3.0), SETTINGS)
    others = [
        key_of("ben", files, course, SETTINGS),
        key_of("anna", {**files, "diffusion/b.py": b"3"}, course, SETTINGS),
        key_of("anna", {"diffusion/a.py": b"12", "diffusion/b.py": b""}, course, SETTINGS),
        key_of("anna", files, course, replace(SETTINGS, seed="ac")),
        key_of("anna", files, course, replace(SETTINGS, training=True)),
        key_of("anna", files, _changed(course, time_limit=3.0), SETTINGS),
        key_of("anna", files, _changed(course, points=0.0), SETTINGS),
    ]
    assert len({key, *others}) == 1 + len(others)


def _changed(course, **task):
    data = course.model_dump(exclude_unset=True)
    schedule = data["assignments"][0]["parts"][1]["tasks"][1]
    assert schedule["id"] == "schedule"
    schedule.update(task)
    return type(course).model_validate(data)
