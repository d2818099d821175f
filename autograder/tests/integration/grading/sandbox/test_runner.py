"""A check cannot tell the sandboxed runner from the local one: evidence, exceptions, switches."""

import numpy as np
import pytest
import torch

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox import SandboxedRunner, choose
from autograder.tests.support.sandbox.probes import INTEGER, LIMITS, NUMBER, VECTOR
from checkkit.runner import Array, CheckFailed, Integer, Number, Text
from checkkit.runner.outcomes import NotAttempted, SubmissionRaised, Unreadable

STUDENT = """
    import random
    import numpy as np
    import torch

    class Unfriendly(Exception):
        def __str__(self):
            raise ValueError("no message for you")

    def double(x):
        return 2 * x

    def draw():
        return torch.randn(3) + np.random.rand() + random.random()

    def huge():
        return 10**40

    def as_float16():
        return torch.zeros(3, dtype=torch.float16)

    def as_complex64():
        return torch.zeros(3, dtype=torch.complex64)

    def stub():
        raise NotImplementedError("Part 3 (task schedule): fill in f in diffusion/work.py")

    def fail():
        values = [1, 2]
        return values[7]

    def meet(x):
        y = x[:2]
        return x + y

    def unfriendly():
        raise Unfriendly

    def leave():
        raise SystemExit(0)

    def flip():
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        return torch.zeros(3, dtype=torch.float32)

    def count(seen=[]):
        seen.append(1)
        return len(seen)

    def state():
        return float(torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled())
"""


def probe_double(diffusion, *, x):
    return {"answer": diffusion.work.double(x)}


def probe_meet(diffusion, *, x):
    return {"answer": diffusion.work.meet(x)}


def probe_count(diffusion):
    return {"count": diffusion.work.count()}


def probe_everything(diffusion, *, tree):
    first, (second, nothing) = tree["pair"]
    return {
        "array": diffusion.work.double(first),
        "number": second,
        "nothing": str(nothing),
        "none": int(tree[3]),
        "infinite": tree["inf"],
    }


def probe_call(diffusion, *, name):
    return {"answer": getattr(diffusion.work, name)()}


def probe_broken_module(diffusion):
    return {"answer": diffusion.broken.x}


@pytest.fixture(scope="module")
def runner(anywhere, submit):
    folder = submit(work=STUDENT, broken="def f(:\n    pass\n")
    with SandboxedRunner(folder, anywhere, LIMITS, label="visible") as runner:
        yield runner


def test_evidence_comes_back_as_it_left(runner):
    x = np.arange(3, dtype=np.float32)
    seen = runner.run(probe_double, returns=VECTOR, x=x)
    np.testing.assert_array_equal(seen["answer"], 2 * x)


def test_a_renewed_runner_knows_nothing_of_earlier_runs(runner):
    counts = []
    for renewed in (False, False, True):
        if renewed:
            runner.renew()
        counts.append(runner.run(probe_count, returns={"count": Integer()})["count"])
    assert counts == [1, 2, 1]


def test_inputs_of_every_kind_arrive(runner):
    tree = {"pair": [np.ones((2, 0, 3)), (2.5, None)], 3: True, "inf": float("-inf")}
    returns = {
        "array": Array((2, 0, 3), "float64"),
        "number": Number(),
        "nothing": Text(),
        "none": Integer(),
        "infinite": Number(finite=False),
    }
    seen = runner.run(probe_everything, returns=returns, tree=tree)
    assert seen["array"].shape == (2, 0, 3)
    assert (seen["number"], seen["nothing"], seen["none"]) == (2.5, "None", 1)
    assert seen["infinite"] == float("-inf")


def test_equal_seeds_draw_equal_numbers(runner):
    first, again, other = (
        runner.run(probe_call, returns=VECTOR, seed=seed, name="draw")["answer"]
        for seed in (2**62 + 1, 2**62 + 1, 7)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_wrong_shape_is_the_students_failure(runner):
    with pytest.raises(CheckFailed, match=r"answer has shape \(3,\), expected \(4,\)"):
        x = np.zeros(3, np.float32)
        runner.run(probe_double, returns={"answer": Array((4,))}, x=x)


@pytest.mark.parametrize("dtype", ["float16", "complex64"])
def test_a_wrong_dtype_is_the_students_failure(runner, dtype):
    with pytest.raises(
        CheckFailed, match=f"answer has dtype {dtype}|answer has dtype torch.{dtype}"
    ):
        runner.run(probe_call, returns=VECTOR, name=f"as_{dtype}")


def test_a_stub_is_not_attempted(runner):
    with pytest.raises(NotAttempted, match=r"Part 3 \(task schedule\)"):
        runner.run(probe_call, returns=NUMBER, name="stub")


def test_an_exception_tells_where_in_the_students_file(runner):
    with pytest.raises(SubmissionRaised) as caught:
        runner.run(probe_call, returns=NUMBER, name="fail")
    assert (caught.value.kind, caught.value.text) == ("IndexError", "list index out of range")
    line = 1 + STUDENT.split("\n").index("        return values[7]")
    frame = f'  File "diffusion/work.py", line {line}, in fail\n    return values[7]'
    assert caught.value.traceback == frame


def test_a_crash_begins_with_the_students_line_and_the_shapes_there(runner):
    line = 1 + STUDENT.split("\n").index("        return x + y")
    words = r"`x` is \(3,\) and meets `y`, \(2,\)\.\nRuntimeError: The size of tensor a"
    with pytest.raises(
        SubmissionRaised, match=rf"^diffusion/work\.py, line {line}: return x \+ y\n{words}"
    ):
        runner.run(probe_meet, returns=VECTOR, x=np.zeros(3, np.float32))


def test_an_exception_without_a_readable_message_is_still_told(runner):
    with pytest.raises(SubmissionRaised, match=r"Unfriendly: .*could not be read: ValueError"):
        runner.run(probe_call, returns=NUMBER, name="unfriendly")


def test_leaving_the_interpreter_is_an_exception_like_any_other(runner):
    with pytest.raises(SubmissionRaised, match="SystemExit"):
        runner.run(probe_call, returns=NUMBER, name="leave")


def test_a_syntax_error_costs_its_own_module_alone(runner):
    with pytest.raises(
        Unreadable, match=r"^diffusion/broken\.py cannot be read by Python, line 1:"
    ):
        runner.run(probe_broken_module, returns=NUMBER)
    assert runner.run(probe_call, returns=NUMBER, name="state") == {"answer": 1.0}


def test_flipped_switches_of_torch_are_reported_and_put_back(runner):
    runner.run(probe_call, returns=VECTOR, name="flip")
    assert "the submission changed the default dtype" in runner.complaints
    assert "the submission changed gradients" in runner.complaints
    assert runner.run(probe_call, returns=NUMBER, name="state") == {"answer": 1.0}


def probe_that_wants_threads(diffusion):
    torch.set_num_threads(2)
    return {}


def probe_of_threads(diffusion):
    return {"threads": torch.get_num_threads()}


def test_a_probe_that_wants_threads_is_no_complaint_about_the_submission(runner):
    before = runner.run(probe_of_threads, returns={"threads": Integer()})["threads"]
    runner.run(probe_that_wants_threads, returns={})
    assert runner.run(probe_of_threads, returns={"threads": Integer()})["threads"] == before != 2
    assert not any("threads" in words for words in runner.complaints)


def test_confinement_changes_no_digit(isolation):
    solution = REPOSITORY.solution
    x = np.random.default_rng(0).random((2, 1, 28, 28), dtype=np.float32)
    returns = {"answer": Array((2, 1, 28, 28))}
    answers = []
    for where in (isolation, choose("none")):
        with SandboxedRunner(solution, where, LIMITS) as runner:
            answers.append(runner.run(probe_unet, returns=returns, seed=3, x=x)["answer"])
    np.testing.assert_array_equal(*answers)


def probe_unet(diffusion, *, x):
    return {"answer": diffusion.unet.UnconditionalUNet(1, 8)(x)}


def test_whole_numbers_too_large_to_travel_are_refused_as_such(runner):
    with pytest.raises(CheckFailed, match="expected a whole number"):
        runner.run(probe_call, returns=INTEGER, name="huge")
