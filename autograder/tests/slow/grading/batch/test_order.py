"""Hidden checks come last: their workers never live at the same time as those of visible ones."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.pool import LocalPool
from autograder.grading.batch.run import Batch
from autograder.grading.batch.settings import Settings
from autograder.grading.intake import source_at
from autograder.grading.judging.observers import Observer
from autograder.grading.sandbox.resources.watchdog import trees_of
from autograder.tests.support.busy import Busy
from autograder.tests.support.submissions import submission
from checkkit.runner.outcomes import Outcome

pytestmark = pytest.mark.usefixtures("grading_run")

SETTINGS = Settings("ab", ("schedule", "hidden_schedule"), training=False, isolation="auto")
WORKER = b'"role": "answer"'  # in its command line


@dataclass
class Watch(Observer):
    """Which workers below this process live, when, and during which kind of check."""

    seen: dict[int, list[float]] = field(default_factory=dict)  # process -> when it was there
    during: dict[bool, set[int]] = field(default_factory=lambda: {False: set(), True: set()})
    ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> set[int]:
        workers = {pid for pid in trees_of([os.getpid()])[0] if _is_worker(pid)}
        for pid in workers:
            self.seen.setdefault(pid, []).append(time.monotonic())
        return workers

    def look_on(self) -> None:
        while not self.ended.wait(0.01):
            self.look()

    def check(self, graded, name):
        hidden = next(check.hidden for check in graded.scope.checks if check.name == name)
        self.during[hidden] |= self.look()


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_worker_of_a_hidden_check_lives_beside_one_of_a_visible_check(tmp_path, at_once):
    """Nor do any when a check has timed out and is judged once more."""
    names = ["anna", "ben", "carl"][: at_once + 1]
    sources = [source_at(name, submission(tmp_path / name)) for name in names]
    watch = Watch()
    looking = threading.Thread(target=watch.look_on)
    looking.start()
    try:
        with Journal(tmp_path) as journal, LocalPool(SETTINGS, at_once, 120) as pool:
            batch = Batch(sources, load_course(), SETTINGS, journal)
            graded = list(batch.run(busy := Busy(pool), lambda setup: watch))
    finally:
        watch.ended.set()
        looking.join()
    visible, hidden = watch.during[False], watch.during[True]
    assert len(visible) >= 2 * len(names) and len(hidden) >= len(names)  # twice, as it timed out
    assert max(watch.seen[pid][-1] for pid in visible) < min(watch.seen[pid][0] for pid in hidden)
    assert busy.at_once == [None, 1, None]
    assert sorted(one.name for one in graded) == names
    assert all(set(one.counts()) == {Outcome.PASSED} and one.finished for one in graded)
