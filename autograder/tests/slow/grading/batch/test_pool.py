"""Judging processes that die, hang or never start; and what timed out, once more and alone."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.keys import ONLY_SHOW
from autograder.grading.batch.pool import Event, LocalPool, PoolFailed, _Process, environment
from autograder.grading.batch.run import LOST, Batch
from autograder.grading.batch.settings import NO_MORE, Settings
from autograder.grading.gradebook.grades import grades_of
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.intake import read_submission, source_at
from autograder.grading.judging.job import Job
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.records import to_record
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.reports.index_page import index_page
from autograder.grading.reports.instructor import instructor_page
from autograder.tests.support.busy import Busy
from autograder.tests.support.submissions import submission
from checkkit.runner.outcomes import Outcome

pytestmark = pytest.mark.usefixtures("grading_run")

SETTINGS = Settings("ab", ("schedule",), training=False, isolation="auto")


def jobs(*names: str) -> Iterator[Job]:
    taken = read_submission(REPOSITORY.solution)
    return iter([Job(name, Path(f"/{name}"), taken, f"key of {name}") for name in names])


def process_of(pool: LocalPool, name: str) -> _Process:
    return next(p for p in pool._processes if p.jobs and p.jobs[0].name == name)


def test_a_job_is_tried_twice_and_costs_no_other_one():
    ended, begun = {}, []
    with LocalPool(SETTINGS, 2, silence=120) as pool:
        for event in pool.judge(jobs("anna", "bomb", "carl", "dora")):
            if event.kind == "begin":
                begun.append(event.job.name)
                if event.job.name == "bomb":
                    process_of(pool, "bomb").popen.kill()
            elif event.kind in ("done", "lost"):
                ended[event.job.name] = event.kind
    assert ended == {"anna": "done", "bomb": "lost", "carl": "done", "dora": "done"}
    assert begun.count("bomb") == 2


class Deadly:
    """Real judges, each of which ends when it has begun."""

    def __init__(self, pool: LocalPool):
        self._pool = pool

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        for event in self._pool.judge(jobs, at_once):
            if event.kind == "begin":
                process_of(self._pool, event.job.name).popen.kill()
            yield event


def test_a_submission_that_ends_its_judges_shows_why_and_what_is_in_its_source(tmp_path):
    ddpm = (REPOSITORY.solution_package / "ddpm.py").read_text()
    source = source_at("anna", submission(tmp_path / "anna", ddpm=f"import subprocess\n{ddpm}"))
    with Journal(tmp_path) as journal, LocalPool(SETTINGS, 1, 120) as pool:
        batch = Batch([source], load_course(), SETTINGS, journal)
        [graded] = batch.run(Deadly(pool), lambda setup: Observer())
    assert graded.problem == LOST
    grades = grades_of(graded)
    pages = (instructor_page(grades, {}), index_page([grades]), grades_csv(rows_of([grades])))
    for text in pages:
        assert "it ended the grading process at every try" in text
        assert "ddpm.py:1: imports subprocess" in text


def test_a_process_that_falls_silent_is_replaced():
    stopped = []
    with LocalPool(SETTINGS, 1, silence=40) as pool:
        for event in pool.judge(jobs("anna")):
            if event.kind == "check" and not stopped:
                stopped.append(pool._processes[0].popen.pid)
                os.kill(stopped[0], signal.SIGSTOP)
            last = event
    assert last.kind == "done" and stopped


def test_it_says_with_what_it_grades_even_where_there_is_nothing_to_grade():
    with LocalPool(SETTINGS, 2, silence=120) as pool:
        [event] = pool.judge(jobs())
        assert event.kind == "ready" and event.content["isolation"] in ("bwrap", "user")
        assert {check["task"] for check in event.content["scope"]} == {"schedule"}
        assert list(pool.judge(jobs())) == []


def test_processes_that_cannot_start_are_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr("autograder.grading.batch.pool.REPOSITORY", Repository(REPOSITORY.docs))
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr("sys.executable", "/bin/false")
    with (
        LocalPool(SETTINGS, 1, 60) as pool,
        pytest.raises(PoolFailed, match="end before they begin"),
    ):
        list(pool.judge(jobs("anna")))


def test_leaving_it_leaves_no_process_behind():
    with LocalPool(SETTINGS, 2, silence=120) as pool:
        next(pool.judge(jobs("anna", "ben")))
        pids = [process.popen.pid for process in pool._processes]
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# --------------------------------------------------------------------------------- time-outs


def test_what_timed_out_is_judged_again_alone_and_then_counts(tmp_path):
    paths = [submission(tmp_path / name) for name in ("anna", "ben")]
    course = load_course()
    submissions = [source_at(path.name, path) for path in paths]
    (tmp_path / "out").mkdir()
    with Journal(tmp_path / "out") as journal:

        def run() -> tuple[list[SubmissionResult], list[int | None]]:
            batch = Batch(submissions, course, SETTINGS, journal)
            with LocalPool(SETTINGS, 2, 120) as pool:
                graded = list(batch.run(busy := Busy(pool), lambda ready: Observer()))
            assert [one.total for one in graded] == [5, 5] and all(one.retried for one in graded)
            return graded, busy.at_once

        graded, at_once = run()
        assert at_once == [None, 1]
        assert all(set(one.counts()) == {Outcome.PASSED} for one in graded)
        lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
        tries = [(line["name"], bool(line["record"]["retried"])) for line in lines]
        assert sorted(tries) == list(itertools.product(("anna", "ben"), (False, True)))

        # Killed between the two tries, a run makes up for the second one.
        journal.records = {line["key"]: line["record"] for line in lines[:2]}
        assert all(one.fresh for one in run()[0])
        assert not any(one.fresh for one in run()[0])


# ------------------------------------------------------------------------------- the review alone


def test_other_rules_review_everything_anew_and_judge_nothing(tmp_path, monkeypatch):
    ddpm = (REPOSITORY.solution_package / "ddpm.py").read_text()
    source = source_at("anna", submission(tmp_path / "anna", ddpm=f"import subprocess\n{ddpm}"))
    (tmp_path / "out").mkdir()
    with Journal(tmp_path / "out") as journal:

        def run() -> tuple[SubmissionResult, list[str]]:
            batch, heard = Batch([source], load_course(), SETTINGS, journal), Heard()
            with LocalPool(SETTINGS, 1, 120) as pool:
                [graded] = batch.run(pool, lambda setup: heard)
            return graded, heard.checks

        first, checks = run()
        assert checks and first.suspicions == ("ddpm.py:1: imports subprocess (another process)",)
        kept, checks = run()
        assert not checks and not kept.fresh and kept.suspicions == first.suspicions
        [key] = journal.records
        journal.records[key] = {**journal.records[key], "suspicions": ["by another rule"]}
        assert run()[0].suspicions == ("by another rule",)
        monkeypatch.setattr("autograder.grading.batch.run.review_key", lambda key: f"new {key}")
        anew, checks = run()
        assert not checks and anew.suspicions == first.suspicions
        assert to_record(anew)["results"] == to_record(first)["results"]
        assert anew.seeds == first.seeds
        assert (anew.outputs, anew.complaints) == (first.outputs, first.complaints)
        assert not anew.retried and journal.reviews[key] == f"new {key}"
        assert len(journal.path.read_text().splitlines()) == 2


class Heard(Observer):
    """The checks that were heard of."""

    def __init__(self):
        self.checks = []

    def check(self, graded: SubmissionResult, name: str) -> None:
        self.checks.append(name)


def test_a_judging_process_imports_nothing_that_only_shows_results():
    module = "autograder.grading.batch.judge_process"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", module, SETTINGS.to_json()],
        input=b"".join([*(job.to_json() for job in jobs("anna")), NO_MORE]),
        cwd=REPOSITORY.root,
        env=environment(),
        capture_output=True,
    )
    assert b'"done": "anna"' in done.stdout
    imported = set(re.findall(r"\| +([\w.]+)$", done.stderr.decode(), re.MULTILINE))
    assert {"checkkit.plugin", "autograder.grading.judging.judge", "torch"} <= imported
    names = [file.name.removesuffix(".py").removesuffix("/__init__") for file in ONLY_SHOW]
    assert not imported & {name.replace("/", ".") for name in names}
