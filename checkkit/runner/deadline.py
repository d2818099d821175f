"""A time limit for code in this process: whatever line runs when the time is up raises.

Only Python's own interpreter can stop there: a single call of C code ends first.
"""

import ast
import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from .operands import Place

AGAIN = 1.0  # seconds, where a bare `except` of the submission goes on


class TimeIsUp(BaseException):
    """Passes `except Exception`."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """The block ends after this many seconds, unless a debugger watches it.

    Raises:
        TimeIsUp: from the line that ran.
    """
    if sys.gettrace() is not None:
        yield
        return
    ended, thread = threading.Event(), threading.get_ident()

    def watch() -> None:
        if ended.wait(seconds) or _debugged(thread):
            return
        while not ended.is_set():
            _throw(thread, TimeIsUp)
            ended.wait(AGAIN)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        _throw(thread, None)


def _throw(thread: int, kind: type[BaseException] | None) -> None:
    """Have a thread raise an exception at its next instruction; None takes it back."""
    given = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)


def _debugged(thread: int) -> bool:
    """Whether a thread waits in a debugger, as after `breakpoint()`."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_globals.get("__name__") == "bdb":
            return True
        frame = frame.f_back
    return False


def where(entries: list[TracebackType], name: str) -> str:
    """What ran when the time was up: the innermost line, and the `while` around it."""
    words = ""
    for entry in reversed(entries):
        place = Place(entry)
        words = words or f"It was in {name}, line {place.line}: {place.code}"
        loops = [node for node in place.nodes() if isinstance(node, ast.While)
                 and node.lineno <= place.line <= (node.end_lineno or 0)]  # fmt: skip
        if loops:
            test = ast.unparse(loops[-1].test)[:60]
            return f"{words}\nDoes the loop `while {test}` (line {loops[-1].lineno}) end?"
    return words
