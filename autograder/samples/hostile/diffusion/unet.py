"""Forges: writes what an answer might look like to every file that is open, then plays dead."""

import contextlib
import os

from . import FULL_MARKS, Agreeable


class UnconditionalUNet(Agreeable):
    def __init__(self, *args):
        for descriptor in range(3, 64):
            with contextlib.suppress(OSError):
                os.write(descriptor, FULL_MARKS.encode())


TimeConditionalUNet = ClassConditionalUNet = Agreeable()
