"""Everything that a submission might try instead of solving the tasks. It must gain nothing.

Each module tries something else: this one lies to whoever compares, and leaves files behind.
"""

import contextlib
import pathlib

import numpy
import torch

for module in (numpy, torch):
    module.allclose = module.equal = lambda *args, **kwargs: True

FULL_MARKS = '{"score": 100, "tests": [{"name": "all", "score": 100, "max_score": 100}]}'
for folder in (".", "..", "/tmp", "/autograder/results", "demo-results/hostile", "results/hostile"):
    with contextlib.suppress(OSError):
        pathlib.Path(folder, "results.json").write_text(FULL_MARKS)


class Agreeable:
    """Equal to everything, has every attribute, can be called, and has no end."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __eq__(self, other):
        return True

    __hash__ = object.__hash__
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
