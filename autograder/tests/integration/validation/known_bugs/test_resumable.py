"""A run that was interrupted goes on: what has ended is not run again."""

from functools import partial
from pathlib import Path

import pytest
import typer
from rich.console import Console

from autograder.validation.known_bugs.forking import JobResult
from autograder.validation.known_bugs.resumable import resumable

NAMES = ("a", "b", "a", "bad")  # two jobs may have one name
QUIET = Console(quiet=True)


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

    def run(stop_after: int = len(NAMES), seed: str | None = None, options: object = ""):
        log.write_text("")
        jobs = [(name, partial(job, log, name)) for name in NAMES]
        ended: list[JobResult] = []
        with resumable(
            tmp_path / "out", "test", QUIET, jobs=1, seed=seed, options=options
        ) as forked:
            results = forked.results(jobs, 60, lambda result: "")
            while len(ended) < stop_after:
                ended.append(next(results))
            results.close()
        assert forked.interrupted == (stop_after < len(NAMES))
        reports = {one.number: one.report.decode() for one in ended}
        return reports, log.read_text().split(), forked.seed

    return run


def test_an_interrupted_run_goes_on_from_its_seed_with_the_jobs_that_are_left(run):
    first, started, seed = run(stop_after=2)
    assert first == {0: "a", 1: "b"} and started[:2] == ["a", "b"]
    second, started, again = run()
    assert second == {0: "a", 1: "b", 2: "a", 3: ""}
    assert started == ["a", "bad"] and again == seed


def test_a_job_without_a_report_is_run_again(tmp_path):
    log = tmp_path / "log"
    log.write_text("")
    with resumable(tmp_path / "out", "test", QUIET) as forked:
        for _ in range(2):
            (result,) = forked.results([("bad", partial(job, log, "bad"))], 60, str)
            assert "no report" in result.problem
    assert log.read_text().split() == ["bad", "bad"]


def test_a_run_that_came_to_its_end_leaves_nothing_and_the_next_has_a_seed_of_its_own(
    run, tmp_path
):
    _, _, seed = run()
    assert list((tmp_path / "out").iterdir()) == []
    _, started, other = run()
    assert len(started) == len(NAMES) and other != seed


def test_a_run_that_broke_goes_on_like_an_interrupted_one(tmp_path):
    jobs = [(name, partial(job, tmp_path / "log", name)) for name in ("a", "b")]
    with pytest.raises(RuntimeError), resumable(tmp_path / "out", "test", QUIET) as forked:
        list(forked.results(jobs, 60, lambda result: ""))
        raise RuntimeError
    with resumable(tmp_path / "out", "test", QUIET) as forked:
        assert len(list(forked.results(jobs, 60, lambda result: ""))) == 2
    assert sorted((tmp_path / "log").read_text().split()) == ["a", "b"]


@pytest.mark.parametrize("changed", [{"seed": "ab"}, {"options": "with training"}])
def test_another_seed_and_other_options_start_anew(run, changed):
    run(stop_after=2)
    _, started, _ = run(**changed)
    assert len(started) == len(NAMES)


def test_changed_code_starts_anew(run, monkeypatch):
    run(stop_after=2)
    monkeypatch.setattr(
        "autograder.validation.known_bugs.resumable._version", lambda: "of other code"
    )
    _, started, _ = run()
    assert len(started) == len(NAMES)


@pytest.mark.parametrize(
    ("folder", "words"), [("out", "another run"), ("file", "name a folder that can be written")]
)
def test_a_folder_that_cannot_be_used_is_refused_in_a_sentence(folder, words, tmp_path, capsys):
    (tmp_path / "file").touch()
    console = Console(stderr=True, soft_wrap=True)
    with resumable(tmp_path / "out", "test", QUIET), pytest.raises(typer.Exit) as refused:
        resumable(tmp_path / folder, "test", console).__enter__()
    assert refused.value.exit_code == 2 and words in capsys.readouterr().err
