"""What `make validate` runs, what it need not run again, and what it says of each step."""

import io
import json
import sys

import pytest
from rich.console import Console

from autograder.config.paths import REPOSITORY, File, Folder, Repository
from autograder.exit_codes import ExitCode
from autograder.validation.__main__ import PASSED, run
from autograder.validation.steps import STEPS, Step, chosen


@pytest.fixture
def step(tmp_path):
    """step(name, status): a step that notes that it ran, and ends with a status."""

    def step(name: str, status: int = 0) -> Step:
        noting = (
            f"open({str(tmp_path / 'log')!r}, 'a').write('{name} '); raise SystemExit({status})"
        )
        command = (sys.executable, "-c", noting)
        return Step(name, "does it run?", command, (Repository.project,), options=())

    return step


@pytest.fixture
def ran(tmp_path):
    """ran(*steps): the exit status, the steps that were started, and what was printed."""

    def ran(*steps: Step, **options):
        (tmp_path / "log").write_text("")
        console = Console(record=True, width=120, file=io.StringIO())
        status = run(steps, tmp_path, console=console, **options)
        return status, (tmp_path / "log").read_text().split(), console.export_text()

    return ran


def test_a_step_that_passed_is_not_run_again_unless_it_is_asked_for(step, ran):
    assert ran(step("a"), step("b"))[:2] == (ExitCode.OK, ["a", "b"])
    status, started, said = ran(step("a"), step("b"))
    assert (status, started) == (ExitCode.OK, []) and "unchanged since it passed" in said
    assert ran(step("a"), force=True)[1] == ["a"]


def test_a_step_that_failed_stops_no_other_and_is_run_again(step, ran):
    status, started, said = ran(step("a", status=1), step("b"))
    assert (status, started) == (ExitCode.FAILED, ["a", "b"])
    assert "failed (exit status 1)" in said and "passed" in said
    assert ran(step("a"), step("b"))[1] == ["a"]


def test_an_interrupted_step_ends_the_run_and_the_same_command_goes_on(step, ran):
    status, started, said = ran(step("a"), step("b", status=ExitCode.INTERRUPTED), step("c"))
    assert (status, started) == (ExitCode.INTERRUPTED, ["a", "b"])
    assert "The same command continues" in said
    assert ran(step("a"), step("b"), step("c"))[1] == ["b", "c"]


def test_a_record_that_cannot_be_read_says_nothing(step, ran, tmp_path):
    ran(step("a"))
    (tmp_path / PASSED).write_text("[1, 2")
    assert ran(step("a"))[1] == ["a"]
    assert set(json.loads((tmp_path / PASSED).read_text())) == {"a"}


def test_a_version_changes_with_every_file_that_is_read(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "a.py").write_text("x = 1\n")
    (tmp_path / "one.yaml").write_text("x: 1\n")
    step = Step("s", "?", ("python",), (Folder("checks", ".py"), File("one.yaml")))
    versions = [step.version(Repository(tmp_path))]
    for name, text in (("checks/a.py", "x = 2"), ("checks/b.py", ""), ("one.yaml", "x: 2")):
        (tmp_path / name).write_text(text)
        versions.append(step.version(Repository(tmp_path)))
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_every_step_reads_what_is_there(step):
    assert len(step.version(REPOSITORY)) == 64


def test_steps_are_chosen_by_name_and_others_are_refused():
    assert [step.name for step in chosen(["mutation", "known-bugs"])] == ["known-bugs", "mutation"]
    assert chosen([]) == STEPS
    with pytest.raises(ValueError, match="magic: there is no such step; choose from known-bugs"):
        chosen(["magic"])


def test_results_and_processes_are_passed_on(tmp_path):
    known_bugs, *_, notebooks = STEPS
    line = known_bugs.command_line(tmp_path, 3)
    assert line[-4:] == ["--output", str(tmp_path / "known-bugs"), "--jobs", "3"]
    assert notebooks.command_line(tmp_path, 3) == list(notebooks.command)
