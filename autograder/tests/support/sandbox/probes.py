"""Probes that the tests of the sandbox share, and what they return."""

from autograder.grading.sandbox import Limits
from checkkit.runner import Array, Flag, Integer, Number, Text

# Small enough to be reached quickly, large enough for torch.
LIMITS = Limits(memory=400 * 2**20, scratch=32 * 2**20, file_size=16 * 2**20, processes=24)

NUMBER = {"answer": Number()}
INTEGER = {"answer": Integer()}
FLAG = {"answer": Flag()}
TEXT = {"answer": Text()}
VECTOR = {"answer": Array((3,))}


def probe_named(diffusion, *, name):
    return {"answer": getattr(diffusion.attack, name)()}


def probe_alive(diffusion):
    return {"answer": True}


def attack(runner, name, limit=20.0, returns=NUMBER):
    """Run one attack of `hostile.py`; return what it returned."""
    return runner.run(probe_named, returns=returns, time_limit=limit, name=name)["answer"]
