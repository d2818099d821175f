"""A worker that says too much, too early, too slowly or nothing: nobody waits, nobody believes.
believes.

These have nothing to do with how the worker is confined, so the strongest isolation alone is used.
"""

import time

import numpy as np
import pytest

from autograder.grading.sandbox import SandboxedRunner
from autograder.tests.support.sandbox.probes import FLAG, LIMITS, NUMBER, TEXT, attack, probe_alive
from checkkit.runner.outcomes import ProtocolBroken, TimedOut


@pytest.fixture(scope="module")
def runner(strongest, hostile):
    with SandboxedRunner(hostile, strongest, LIMITS) as runner:
        yield runner


def test_a_flood_of_output_is_swallowed_and_its_end_kept(runner):
    attack(runner, "flood_the_output")
    runner.close()
    assert runner.outputs[-1].endswith("last  words")  # without the colour
    assert len(runner.outputs[-1]) <= LIMITS.output


def test_a_reply_made_up_in_advance_is_refused(runner):
    with pytest.raises(ProtocolBroken, match="another question"):
        attack(runner, "forge_a_reply")


def test_a_second_reply_behind_the_first_is_refused(runner):
    with pytest.raises(ProtocolBroken, match="more than its reply"):
        attack(runner, "reply_twice")


def test_speaking_between_questions_is_refused(runner):
    attack(runner, "speak_later")
    time.sleep(0.5)
    with pytest.raises(ProtocolBroken, match="without a request"):
        runner.run(probe_alive, returns=FLAG)


def test_a_reply_that_drips_is_timed_out(runner):
    with pytest.raises(TimedOut):
        attack(runner, "drip", limit=0.5)


def test_announcing_more_than_may_come_is_refused_at_once(runner):
    with pytest.raises(ProtocolBroken, match="too long"):
        attack(runner, "announce_too_much")


def test_a_worker_that_does_not_listen_is_timed_out(runner):
    attack(runner, "stop_listening")
    time.sleep(0.3)
    with pytest.raises(TimedOut):
        more_than_a_pipe_holds = np.zeros(10**6)
        runner.run(probe_named_with, returns=NUMBER, time_limit=0.5, x=more_than_a_pipe_holds)


def probe_named_with(diffusion, *, x):
    return {"answer": float(x.sum())}


def test_closing_every_descriptor_ends_the_worker(runner):
    with pytest.raises(ProtocolBroken, match="closed its pipes"):
        attack(runner, "close_everything")


def test_hostile_text_is_cut_and_scrubbed(runner):
    seen = attack(runner, "hostile_text", returns=TEXT)
    assert len(seen) == 500
    assert not {"\x1b", "\u202e", "\ud800"} & set(seen)
