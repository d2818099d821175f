"""A module that cannot be imported is tried twice, however it fails; the others still work."""

import time

import pytest

from autograder.grading.sandbox import SandboxedRunner
from autograder.tests.support.sandbox.probes import FLAG, LIMITS
from checkkit.runner.outcomes import Crashed, TimedOut, Unreadable

MODULES = {
    "leaves": "import os\nos._exit(3)\n",
    "hangs": "while True:\n    pass\n",
    "raises": "print('tried', flush=True)\nraise KeyError('nothing')\n",
    "works": "X = True\n",
    "slow": "import time\ntime.sleep(0.4)\ndef wait():\n    time.sleep(0.4)\n    return True\n",
}


def probe_leaves(diffusion):
    return {"answer": diffusion.leaves.X}


def probe_hangs(diffusion):
    return {"answer": diffusion.hangs.X}


def probe_raises(diffusion):
    return {"answer": diffusion.raises.X}


def probe_works(diffusion):
    return {"answer": diffusion.works.X}


def probe_slow(diffusion):
    return {"answer": diffusion.slow.wait()}


def probe_one_of_two(diffusion, *, module):
    return {"answer": getattr(diffusion, module).X}


@pytest.fixture
def runner(strongest, submit):
    with SandboxedRunner(submit(**MODULES), strongest, LIMITS) as runner:
        yield runner


def failures(runner, probe, kind, times, limit=20.0):
    """The messages of so many runs of a probe, each of which has to end in the same way."""
    messages = []
    for _ in range(times):
        with pytest.raises(kind) as caught:
            runner.run(probe, returns=FLAG, time_limit=limit)
        messages.append(str(caught.value))
    return messages


def test_a_module_that_ends_its_worker_ends_two_and_no_more(runner):
    messages = failures(runner, probe_leaves, Crashed, 5)
    assert len(runner.outputs) == 2  # one for each worker that has ended
    assert all("while diffusion/leaves.py was imported" in message for message in messages)
    assert all("(exit status 3); it was tried twice" in message for message in messages[1:])
    assert runner.run(probe_works, returns=FLAG) == {"answer": True}


def test_a_module_that_hangs_costs_its_limit_twice(runner):
    failures(runner, probe_hangs, TimedOut, 2, limit=0.5)
    start = time.monotonic()
    messages = failures(runner, probe_hangs, TimedOut, 10, limit=0.5)
    assert time.monotonic() - start < 0.4
    assert "while diffusion/hangs.py was imported: no answer within" in messages[-1]
    assert runner.run(probe_works, returns=FLAG) == {"answer": True}


def test_a_probe_for_functions_of_two_modules_imports_the_one_that_it_uses(runner):
    assert runner.run(probe_one_of_two, returns=FLAG, module="works") == {"answer": True}
    with pytest.raises(Unreadable, match=r"^diffusion/raises\.py cannot be imported, line 2: "):
        runner.run(probe_one_of_two, returns=FLAG, module="raises")


def test_an_import_takes_time_of_the_run_that_needs_it(runner):
    [message] = failures(runner, probe_slow, TimedOut, 1, limit=0.6)
    assert message == "no answer within 0.6 seconds"
    assert runner.run(probe_slow, returns=FLAG, time_limit=2.0) == {"answer": True}


def test_nobody_waits_for_a_worker_in_place_of_one_that_the_submission_ended(runner):
    runner.wait()
    assert runner.ready()
    failures(runner, probe_leaves, Crashed, 1)
    runner.wait()
    assert not runner.ready()
    runner.close()
    runner.wait()
    assert runner.ready()


def test_an_exception_says_where_and_is_raised_twice(runner):
    messages = failures(runner, probe_raises, Unreadable, 4)
    assert set(messages) == {"diffusion/raises.py cannot be imported, line 2: KeyError: 'nothing'"}
    runner.close()
    assert runner.outputs == ["tried\n" * 2]


def test_a_package_that_cannot_be_imported_condemns_all_its_modules(strongest, submit):
    with SandboxedRunner(submit(__init__=MODULES["leaves"], works="X = 1\n"), strongest) as runner:
        failures(runner, probe_works, Crashed, 4)
        assert len(runner.outputs) == 2
