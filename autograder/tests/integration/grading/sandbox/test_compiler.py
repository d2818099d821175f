"""An optimizer's first step does not load torch's compiler, and whoever wants it still gets it."""

import subprocess
import sys

from autograder.config.paths import REPOSITORY

PROGRAM = """
import sys
import torch
from autograder.grading.sandbox.worker import compiler
compiler.postpone()
w = torch.nn.Parameter(torch.ones(2))
adam = torch.optim.Adam([w], lr=0.1)
w.sum().backward()
adam.step()
adam.zero_grad()
adam.load_state_dict(adam.state_dict())
assert torch.allclose(w, torch.tensor(0.9), atol=1e-5), w
print("torch._dynamo.config" in sys.modules)
add = torch.compile(lambda x: x + 1, backend="eager")
print(add(torch.ones(2)).tolist(), "torch._dynamo.config" in sys.modules)
adam.step()
"""


def test_the_compiler_is_loaded_when_it_is_asked_for_and_not_before():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[:2] == ["False", "[2.0, 2.0] True"]
