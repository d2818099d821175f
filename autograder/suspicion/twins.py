"""Does a submission compute the same when it cannot tell that it is being graded?

The same calls with the same seeds are made twice, each in a fresh worker: once as checks make them,
once disguised as somebody's own script. Where the numbers differ, that is reported, and nothing
beyond it: code that looks for what the disguise leaves (the path it lies in, no network) is not
found, and code that draws from the clock or the operating system differs without intent.
"""

import os
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from autograder.sandbox import Isolation, SandboxedRunner
from autograder.sandbox.errors import SandboxError
from tests.seam.evidence import Array, CheckFailed
from tests.seam.outcomes import NotAttempted, SubmissionProblem

SECONDS = 30.0
# What is called, with small sizes: name in reports -> arguments of a line of `SCRIPT`.
CALLS = {
    "ddpm_schedule": "list(tables().values())",
    "add_noise": "[denoiser.add_noise(images, 0.5)]",
    "ddpm_forward": "[ddpm.ddpm_forward(Net(), tables(), images, 300)]",
    "ddpm_sample": "list(ddpm.ddpm_sample(Net(), tables(12), 2, (8, 8), 12, seed=3))",
    "ddpm_cfg_forward": "[cfg.ddpm_cfg_forward(Net(), tables(), images, classes, 0.1, 300)]",
    "ddpm_cfg_sample": "list(cfg.ddpm_cfg_sample(Net(), tables(12), classes[:2], (8, 8), 12, 5.0))",
    "UnconditionalUNet": "[unet.UnconditionalUNet(1, 4).eval()(images)]",
    "ClassConditionalUNet": "[unet.ClassConditionalUNet(1, 10, 4).eval()(images, classes, times)]",
}
SCRIPT = """
import random
import numpy
import torch
from diffusion import cfg, ddpm, denoiser, unet

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(0.5))
    def forward(self, x, *conditions, **more):
        return self.weight * x

def tables(num_ts=300):
    return ddpm.ddpm_schedule(1e-4, 0.02, num_ts)

if watched:
    Net.__module__, Net.__qualname__ = "tests.spies.losses", "TimeLossSpy"
random.seed(5)
numpy.random.seed(5)
torch.manual_seed(5)
images = torch.rand(4, 1, 28, 28)
classes, times = torch.tensor([3, 1, 4, 1]), torch.tensor([0.1, 0.4, 0.7, 1.0])
"""


def differences(folder: Path, isolation: Isolation) -> tuple[str, ...]:
    """A line for each function that computes something else when it seems not to be graded.

    `folder` holds the package as it is graded, laid over the starter. What was not attempted, or
    ends in the same exception both times, makes no line.
    """
    graded, disguised = (_observed(folder, isolation, disguise) for disguise in (False, True))
    return tuple(
        f"{name} {how}" for name in CALLS if (how := _difference(graded[name], disguised[name]))
    )


def _observed(folder: Path, isolation: Isolation, disguise: bool) -> dict[str, np.ndarray | str]:
    with SandboxedRunner(folder, isolation, label="twin") as runner:
        return {name: _outcome(runner, call, disguise) for name, call in CALLS.items()}


def _outcome(runner: SandboxedRunner, call: str, disguise: bool) -> np.ndarray | str:
    probe: Callable = probe_disguised if disguise else probe_watched
    try:
        seen = runner.run(
            probe,
            returns={"numbers": Array((None,), "float64", finite=False)},
            time_limit=SECONDS,
            script=SCRIPT,
            call=call,
        )
    except NotAttempted:
        return "is not attempted"
    except (CheckFailed, SubmissionProblem, SandboxError) as problem:
        return f"ends in {getattr(problem, 'kind', type(problem).__name__)}"
    return seen["numbers"]


def _difference(graded: np.ndarray | str, disguised: np.ndarray | str) -> str:
    if isinstance(graded, str) or isinstance(disguised, str):
        words = [found if isinstance(found, str) else "works" for found in (graded, disguised)]
        return "" if words[0] == words[1] else f"{words[0]} when graded, {words[1]} in disguise"
    if graded.shape != disguised.shape:
        return f"returns {len(graded)} numbers when graded, {len(disguised)} in disguise"
    if np.allclose(graded, disguised, rtol=1e-4, atol=1e-6, equal_nan=True):
        return ""
    far = np.nanmax(np.abs(graded - disguised))
    return f"computes other numbers when graded than in disguise, by up to {far:.3g}"


def probe_watched(diffusion, *, script, call):
    space = {"watched": True, "__name__": "probe"}
    exec(script, space)
    parts = eval(call, space)
    return {"numbers": torch.cat([part.detach().flatten().double() for part in parts])}


def probe_disguised(diffusion, *, script, call):
    # Whatever names the checks goes before the submission is imported, once more; in a thread of
    # its own, nothing of ours stands below the script on the stack.
    for name in list(sys.modules):
        if name.partition(".")[0] in ("tests", "sandbox", "suspicion", "diffusion"):
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
    return {"numbers": torch.cat([part.detach().flatten().double() for part in space["parts"]])}
