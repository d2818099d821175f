"""A run with submissions that take as long as they can: honest work is graded, and time is kept."""

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.pool import LocalPool
from autograder.grading.batch.run import Batch
from autograder.grading.batch.settings import Settings
from autograder.grading.intake import source_at
from autograder.grading.judging.observers import Observer
from autograder.tests.support.submissions import submission

pytestmark = pytest.mark.usefixtures("grading_run")

TASKS = ("denoiser", "schedule", "forward", "sample", "cfg_forward")
SECONDS = 12.0  # of a submission; each of the slow ones would take minutes
REST = 25.0  # for starting workers and reading the source, on a busy machine
EACH_FUNCTION = """

def _instead(function):
    def instead(*inputs, **named):
        {body}
        return function(*inputs, **named)
    return instead

for _name, _value in list(globals().items()):
    if getattr(_value, "__module__", "") == __name__ and _name != "_instead":
        globals()[_name] = _instead(_value)
"""
SLEEPS = EACH_FUNCTION.format(body='__import__("time").sleep(2.5)')
STOPS = EACH_FUNCTION.format(body='__import__("os").kill(__import__("os").getpid(), 19)')
EXITS = "\nimport os, time\ntime.sleep(5)\nos._exit(3)\n"
MODULES = ("denoiser", "ddpm", "cfg")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results by name."""
    folder = tmp_path_factory.mktemp("budget")
    sources = {name: (REPOSITORY.solution_package / f"{name}.py").read_text() for name in MODULES}
    endings = {"honest": "", "sleeps": SLEEPS, "stops": STOPS, "exits": EXITS}
    submissions = []
    for name, ending in endings.items():
        modules = {module: text + ending for module, text in sources.items()}
        submissions.append(source_at(name, submission(folder / name, **modules)))
    settings = Settings("ab", TASKS, training=False, isolation="auto", seconds=SECONDS)
    with Journal(folder) as journal, LocalPool(settings, 1, 120) as pool:
        batch = Batch(submissions, load_course(), settings, journal)
        return {one.name: one for one in batch.run(pool, lambda setup: Observer())}


def test_honest_work_beside_them_is_graded(graded):
    honest = graded["honest"]
    assert honest.finished and not honest.out_of_time and not honest.retried
    assert honest.total == honest.possible


@pytest.mark.parametrize("name", ["sleeps", "stops", "exits"])
def test_twice_the_budget_is_all_that_a_submission_takes(graded, name):
    one = graded[name]
    assert one.finished and one.retried
    assert one.used <= 3 * SECONDS  # a last check may wait for a worker
    assert one.seconds <= 3 * (SECONDS + REST)


def test_staff_and_student_read_that_the_budget_was_used(graded):
    slow = graded["sleeps"]
    assert "not all checks ran: this submission had used its 12 seconds" in slow.flags()
    assert any(
        result.message == "not run: this submission had used its 12 seconds"
        for result in slow.results.values()
    )
    assert slow.suspicions
