"""A run that was interrupted goes on: what has ended is not run again."""

from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from autograder.grading.batch.journal import JournalInUse
from autograder.validation.known_bugs.forking import Ended
from autograder.validation.known_bugs.keeping import kept_in
from autograder.validation.known_bugs.watching import watched

NAMES = ("a", "b", "a", "bad")  # two jobs may have one name


def job(log: Path, name: str) -> bytes:
    with log.open("a") as file:
        file.write(f"{name}\n")
    if name == "bad":
        raise ValueError("no report")
    return name.encode()


@pytest.fixture
def run(tmp_path):
    """run(stop_after=n): the reports of the jobs in their order, and which jobs were started."""
    log = tmp_path / "log"

    def run(stop_after: int = len(NAMES), seed: str | None = None, options: str = ""):
        log.write_text("")
        jobs = [(name, partial(job, log, name)) for name in NAMES]
        with kept_in(tmp_path / "out", "test", seed, options) as kept:
            ended: list[Ended] = []
            running = watched(jobs, 1, 60, Console(quiet=True), lambda ended: "", kept)
            while len(ended) < stop_after:
                ended.append(next(running))
            running.close()
            if len(ended) == len(jobs):
                kept.forget()
        reports = {one.number: one.report.decode() for one in ended}
        return reports, log.read_text().split(), kept.seed

    return run


def test_an_interrupted_run_goes_on_from_its_seed_with_the_jobs_that_are_left(run):
    first, started, seed = run(stop_after=2)
    assert first == {0: "a", 1: "b"} and started[:2] == ["a", "b"]
    second, started, again = run()
    assert second == {0: "a", 1: "b", 2: "a", 3: ""}
    assert started == ["a", "bad"] and again == seed


def test_a_job_without_a_report_is_run_again(run, tmp_path):
    log = tmp_path / "log"
    log.write_text("")
    with kept_in(tmp_path / "out", "test", None) as kept:
        (ended,) = watched(
            [("bad", partial(job, log, "bad"))], 1, 60, Console(quiet=True), str, kept
        )
        assert "no report" in ended.problem
        (again,) = watched(
            [("bad", partial(job, log, "bad"))], 1, 60, Console(quiet=True), str, kept
        )
    assert again.problem and log.read_text().split() == ["bad", "bad"]


def test_a_run_that_came_to_its_end_leaves_nothing_and_the_next_has_a_seed_of_its_own(
    run, tmp_path
):
    _, _, seed = run()
    assert list((tmp_path / "out").iterdir()) == []
    _, started, other = run()
    assert len(started) == len(NAMES) and other != seed


@pytest.mark.parametrize("changed", [{"seed": "ab"}, {"options": "with training"}])
def test_another_seed_and_other_options_start_anew(run, changed):
    run(stop_after=2)
    _, started, _ = run(**changed)
    assert len(started) == len(NAMES)


def test_changed_code_starts_anew(run, monkeypatch):
    run(stop_after=2)
    monkeypatch.setattr(
        "autograder.validation.known_bugs.keeping._version", lambda: "of other code"
    )
    _, started, _ = run()
    assert len(started) == len(NAMES)


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with kept_in(tmp_path, "test", None), pytest.raises(JournalInUse, match="another run"):
        kept_in(tmp_path, "test", None).__enter__()
