"""Does a submission compute the same when it cannot tell that it is being graded?

The same calls with the same seeds are made twice: once in the worker that ran the checks, once in a
new one that looks like a student's own script. Different numbers are reported. Code that recognizes
the second worker (by its path, or because there is no network) is not detected, and code that uses
the clock or the system's random numbers differs without intent.
"""

import contextlib
import os
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Collection, Mapping

import numpy as np

from autograder.grading.sandbox import SandboxedRunner
from autograder.grading.sandbox.errors import SandboxError
from checkkit.runner.evidence import Array, CheckFailed
from checkkit.runner.names import in_course_words
from checkkit.runner.outcomes import NotAttempted, SubmissionProblem, TimedOut

from .calls import ALSO, CALLS, Call
from .responses import RESPONSES

SECONDS = 20.0  # for all calls in one worker; those of right functions take 1
ENDLESS, SKIPPED = "takes too long", "was not tried"
BROKEN = "could not be compared: the sandbox failed, perhaps for want of memory"


def differences(
    tasks: Collection[str],
    watched: SandboxedRunner,
    twin: SandboxedRunner,
    solved: Collection[str] = (),
) -> tuple[str, ...]:
    """A line for each function of `tasks` that computes something else in the second worker, and
    for each sampler of the tasks that are `solved` and does not follow an ordinary net there.

    `watched` has run the checks; `twin` has the same package and has not imported it. Functions
    that are not attempted, or raise the same exception both times, give no line.
    """
    names = watched.names
    calls = {
        in_course_words(name, names): call._replace(
            expression=in_course_words(call.expression, names)
        )
        for name, call in CALLS.items()
        if call.task in tasks or ALSO.get(call.task) in tasks
    }
    if not calls:
        return ()
    expected = {
        in_course_words(name, names): response
        for name, response in RESPONSES.items()
        if response.task in solved
    }
    ordinary = {
        name: Call(one.task, one.module, in_course_words(one.expression, names))
        for name, one in expected.items()
    }
    twin.start()  # while the other one answers
    graded = _outcomes(watched, calls, probe_watched)
    disguised = _outcomes(twin, calls, probe_disguised)
    found = {name: how for name in calls if (how := _difference(graded[name], disguised[name]))}
    ended = ENDLESS in (outcome for outcome in disguised.values() if isinstance(outcome, str))
    for name, answer in _outcomes(twin, {} if ended else ordinary, probe_disguised).items():
        how = answer if isinstance(answer, str) else expected[name].fault(answer)
        if how and how not in (BROKEN, SKIPPED) and name not in found:
            found[name] = f"passes its checks, but with an ordinary net it {how}"
    return tuple(f"{name} {how}" for name, how in found.items())


def _outcomes(
    runner: SandboxedRunner, calls: Mapping[str, Call], probe: Callable
) -> dict[str, np.ndarray | str]:
    """The outcome of each call; when the time is over, no others are made."""
    outcomes: dict[str, np.ndarray | str] = dict.fromkeys(calls, SKIPPED)
    with contextlib.suppress(SandboxError):  # the first call meets it again
        runner.wait()
    end = time.monotonic() + SECONDS
    for name, call in calls.items():
        outcomes[name] = _outcome(runner, probe, call, end - time.monotonic())
        if outcomes[name] is ENDLESS:
            break
    return outcomes


def _outcome(
    runner: SandboxedRunner, probe: Callable, call: Call, seconds: float
) -> np.ndarray | str:
    try:
        evidence = runner.run(
            probe,
            returns={"numbers": Array((None,), "float64", finite=False)},
            time_limit=seconds,
            script=call.script,
            call=call.expression,
        )
    except NotAttempted:
        return "is not attempted"
    except TimedOut:
        return ENDLESS
    except SandboxError:
        return BROKEN
    except (CheckFailed, SubmissionProblem) as problem:
        return f"ends in {getattr(problem, 'kind', type(problem).__name__)}"
    return evidence["numbers"]


def _difference(graded: np.ndarray | str, disguised: np.ndarray | str) -> str:
    if isinstance(graded, str) or isinstance(disguised, str):
        words = [one if isinstance(one, str) else "works" for one in (graded, disguised)]
        if BROKEN in words:
            return BROKEN
        same = words[0] == words[1] or SKIPPED in words
        return "" if same else f"{words[0]} when graded, {words[1]} in disguise"
    if graded.shape != disguised.shape:
        return f"returns {len(graded)} numbers when graded, {len(disguised)} in disguise"
    if np.allclose(graded, disguised, rtol=1e-4, atol=1e-6, equal_nan=True):
        return ""
    far = np.nanmax(np.abs(graded - disguised))
    return f"computes other numbers when graded than in disguise, by up to {far:.3g}"


def probe_watched(diffusion, *, script, call):
    import torch  # which the process that collects the results does not need

    space = {"watched": True, "__name__": "probe"}
    exec(script, space)
    parts = eval(call, space)
    return {"numbers": torch.cat([part.detach().flatten().double() for part in parts])}


def probe_disguised(diffusion, *, script, call):
    # Modules that name the checks are removed before the submission is imported again; in its own
    # thread, the script has none of our frames below it on the stack.
    for name in list(sys.modules):
        if name.partition(".")[0] in ("checkkit", "sandbox", "source_review", "diffusion"):
            del sys.modules[name]
    os.environ.update(USER="anna", LOGNAME="anna")
    os.environ.pop("MPLBACKEND", None)
    sys.argv = ["train.py", "ddpm"]
    body = textwrap.indent(f"{script}\nparts = {call}", "    ")
    source = f"try:\n{body}\nexcept BaseException as caught:\n    error = caught\n"
    space = {"watched": False, "__name__": "__main__", "__file__": "train.py"}
    thread = threading.Thread(target=exec, args=(compile(source, "train.py", "exec"), space))
    thread.start()
    thread.join()
    if "error" in space:
        raise space["error"]
    import torch

    return {"numbers": torch.cat([part.detach().flatten().double() for part in space["parts"]])}
