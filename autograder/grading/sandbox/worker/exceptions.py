"""An exception of the submission as plain data: type, message, frames in its files, its story."""

import linecache
import os
import traceback
from collections.abc import Mapping
from typing import Any

from checkkit.runner.crashes import explain

MESSAGE = 2000
LINE = 200
FRAMES = 12


def describe(error: BaseException, submission: str, inputs: Mapping[str, Any]) -> dict:
    """An exception as the judge receives it. Sizes are cut here, and again by the judge.

    Args:
        inputs: of the probe that met it.
    """
    crash = explain(error, lambda frame: _inside(frame.f_code.co_filename, submission), inputs)
    frames = [
        [_inside(file, submission), line, function, linecache.getline(file, line).strip()[:LINE]]
        for file, line, function in _places(error)
        if _inside(file, submission)
    ]
    if len(frames) > FRAMES:  # a recursion: how it began, and where it ended
        frames = frames[: FRAMES // 2] + frames[-FRAMES // 2 :]
    return {
        "type": type(error).__name__[:LINE],
        "text": _message(error)[:MESSAGE],
        "stub": isinstance(error, NotImplementedError),
        "frames": frames,
        "crash": [*crash[:-1], [*crash.inside]],
    }


def _places(error: BaseException) -> list[tuple[str, int, str]]:
    places = [
        (frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 0, "<module>"))
    return places


def _inside(file: str, submission: str) -> str:
    """The file's name relative to the submission; "" for files elsewhere."""
    path = os.path.normpath(file)
    return path[len(submission) + 1 :] if path.startswith(submission + os.sep) else ""


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as second:  # a `__str__` of the submission's own
        return f"(its message could not be read: {type(second).__name__})"
