"""What a submission may try: its own check fails, and the next one gets a fresh worker.

All tests share one runner per isolation, so that each also shows that the attack before it did no
lasting harm.
"""

import os
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox import SandboxedRunner
from autograder.grading.sandbox.janitor import processes_of
from autograder.tests.support.processes import eventually
from autograder.tests.support.sandbox.probes import FLAG, INTEGER, LIMITS, TEXT, attack, probe_alive
from checkkit.runner.outcomes import Crashed, ProtocolBroken, SubmissionRaised, TimedOut

JUDGE = Path(f"/proc/{os.getpid()}/environ")


@pytest.fixture(scope="module")
def runner(isolation, hostile):
    with SandboxedRunner(hostile, isolation, LIMITS) as runner:
        yield runner


def test_leaving_without_a_word_is_a_crash(runner):
    with pytest.raises(Crashed, match="exit status 0"):
        attack(runner, "leave_without_a_word")


def test_a_segmentation_fault_is_a_crash(runner):
    with pytest.raises(Crashed, match="SIGSEGV"):
        attack(runner, "crash")


def test_a_loop_that_ignores_signals_is_timed_out(runner):
    with pytest.raises(TimedOut, match=r"within 0.5 seconds"):
        attack(runner, "loop_and_ignore_signals", limit=0.5)


def test_a_fork_bomb_runs_into_its_limit_and_is_cleared_away(runner):
    with pytest.raises((TimedOut, Crashed)):  # whichever limit it meets first
        attack(runner, "fork_bomb", limit=0.5)


def test_too_many_threads_are_refused(runner):
    with pytest.raises(SubmissionRaised, match="can't start new thread"):
        attack(runner, "thread_bomb")


def test_private_memory_is_bounded(runner):
    with pytest.raises(SubmissionRaised, match=r"can't allocate memory|not enough memory"):
        attack(runner, "hoard_private_memory")


def test_shared_memory_is_bounded_too(runner):
    with pytest.raises(Crashed, match="more than 400 MiB of memory"):
        attack(runner, "hoard_shared_memory")


def test_memory_of_children_counts(runner):
    with pytest.raises(Crashed, match="more than 400 MiB of memory"):
        attack(runner, "hoard_memory_in_children")


def test_page_tables_count(runner):
    with pytest.raises(Crashed, match="more than 400 MiB of memory"):
        attack(runner, "hoard_page_tables")


def test_what_waits_in_sockets_counts(runner):
    with pytest.raises(Crashed, match="more than 400 MiB of memory"):
        attack(runner, "hoard_in_sockets")


def test_memory_counts_while_another_worker_is_asked(runner, isolation, hostile):
    assert attack(runner, "hoard_while_nobody_asks") == 1
    with SandboxedRunner(hostile, isolation, LIMITS) as other:
        assert other.run(probe_sleep, returns=FLAG, time_limit=20) == {"answer": True}
    with pytest.raises(Crashed, match="more than 400 MiB of memory"):
        runner.run(probe_alive, returns=FLAG)


def probe_sleep(diffusion):
    import time

    time.sleep(4)
    return {"answer": True}


def test_a_worker_cannot_have_the_judge_killed_in_its_place(runner):
    assert attack(runner, "priority_when_memory_runs_out", returns=INTEGER) == 1000


def test_files_are_bounded(runner, isolation):
    if isolation.name == "user":  # has no file system of its own: the judge measures
        with pytest.raises(Crashed, match="more than 32 MiB of files"):
            attack(runner, "fill_the_disk")
    else:
        assert attack(runner, "fill_the_disk") <= 2 * 32
    left = [
        path for folder in ("/tmp", "/var/tmp", "/dev/shm") for path in Path(folder).glob("hog-*")
    ]
    assert not left


def test_writing_to_every_descriptor_breaks_the_protocol(runner):
    with pytest.raises(ProtocolBroken):
        attack(runner, "write_everywhere")


def test_neither_network_nor_solution_nor_autograder_are_within_reach(runner):
    secrets = [REPOSITORY.solution, REPOSITORY.autograder, REPOSITORY.grading]
    paths = [str(path) for path in (*secrets, REPOSITORY.solution_package / "ddpm.py", JUDGE)]
    assert runner.run(probe_reach, returns=TEXT, paths=paths) == {"answer": ""}


def probe_reach(diffusion, *, paths):
    return {"answer": diffusion.attack.reach(paths)}


@pytest.mark.skipif(os.geteuid() != 0, reason="finds the workers by their uids")
def test_a_daemon_ends_with_its_worker(runner, isolation):
    uid = attack(runner, "leave_a_daemon", returns=INTEGER)
    # The worker and its daemon; a snapshot may miss one that is just forked.
    assert eventually(lambda: len(processes_of(uid)) >= 2)
    runner.close()
    assert processes_of(uid) == []


def test_after_all_that_a_fresh_worker_answers(runner):
    assert runner.run(probe_alive, returns=FLAG) == {"answer": True}
