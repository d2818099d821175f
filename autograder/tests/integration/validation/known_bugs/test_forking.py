"""Jobs in processes of their own: reports come back, and what crashes or loops stops no other."""

import os
import time

from autograder.validation.known_bugs.forking import run_forked


def test_each_job_has_a_result():
    def crash():
        print("the last words", flush=True)
        os.kill(os.getpid(), 9)

    def raise_something():
        raise ValueError("no good")

    jobs = [lambda: b"x" * 500_000, crash, raise_something, lambda: time.sleep(60), lambda: b"last"]
    results = {one.number: one for one in run_forked(jobs, at_once=2, time_limit=2)}
    assert [len(results[number].report) for number in range(5)] == [500_000, 0, 0, 0, 4]
    assert results[0].problem == results[4].problem == ""
    assert "status -9" in results[1].problem and "the last words" in results[1].problem
    assert "ValueError: no good" in results[2].problem
    assert "more than 2 seconds" in results[3].problem and results[3].seconds < 20


def test_a_report_of_a_job_that_changes_its_process_changes_no_other():
    def change():
        os.environ["CHANGED"] = "1"
        return b""

    jobs = [change, lambda: os.environ.get("CHANGED", "0").encode()]
    reports = [one.report for one in run_forked(jobs, at_once=1, time_limit=20)]
    assert reports[-1] == b"0" and "CHANGED" not in os.environ
