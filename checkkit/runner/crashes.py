"""Where a submission crashed: its own line, the functions around it, and why (see `reasons`)."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any

import torch

from .contract import signature_in
from .deadline import where
from .letters import Letters
from .names import with_result
from .operands import line_of
from .outcomes import CRASH_WORDS, MOST_INSIDE, Crash, TimedOut
from .reasons import Story

FILE, CODE, NAME = 100, 200, 100  # characters
MOST_CALLERS = 3
# Past whatever a class of the submission puts in their place.
ARGUMENTS, TRACEBACK = (vars(BaseException)[name] for name in ("args", "__traceback__"))
MODULE, QUALNAME = (vars(type)[name] for name in ("__module__", "__qualname__"))
WITH_RESULT = with_result("", print).__code__
Own = Callable[[FrameType], str]


def explain(error: BaseException, own: Own, inputs: Mapping[str, Any]) -> Crash:
    """The crash of a submission; without a line if none of its own is in the traceback.

    Args:
        own: the name of the submission's file that a frame belongs to, or "".
        inputs: of the probe; the contract has letters for their sizes.
    """
    entries = _entries(error)
    if isinstance(error, NotImplementedError):  # a stub
        return Crash("", 0, "")
    inside = _inside(entries, own)
    if isinstance(error, SyntaxError):  # the line that is wrong has not run
        return Crash("", 0, "", "", inside)
    mine = [number for number, entry in enumerate(entries) if own(entry.tb_frame)]
    text = next((one for one in ARGUMENTS.__get__(error)[:1] if type(one) is str), "")
    if not mine:
        return Crash("", 0, "", signature_in(text), inside)
    place = entries[mine[-1]]
    file, line = own(place.tb_frame)[:FILE], place.tb_lineno
    try:  # a reader of frames that may be hostile: its own faults must not hide the crash
        with torch._C.DisableTorchFunction(), torch.no_grad():
            story = Story(text, entries, mine, Letters(inputs))
            words, place = story.words(), story.place
    except Exception:
        return Crash(file, line, "", "", inside)
    return Crash(
        own(place.frame)[:FILE], place.line, place.code[:CODE], words[:CRASH_WORDS], inside
    )


def callers(error: BaseException, own: Own, crash: Crash) -> list[str]:
    """The submission's lines that called what crashed, the nearest first."""
    lines: list[str] = []
    for frame, number in traceback.walk_tb(TRACEBACK.__get__(error)):
        if (file := own(frame)) and (file[:FILE], number) == (crash.file, crash.line):
            break
        if file:
            code = line_of(frame.f_code.co_filename, number)
            lines.append(f"called from {file}, line {number}: {code[:CODE]}")
    return lines[: -MOST_CALLERS - 1 : -1]


def timed_out(error: BaseException, seconds: float, own: Own) -> TimedOut:
    """What to raise of code that did not end: its line, and the functions around it."""
    entries = _entries(error)
    frames = [entry for entry in entries if own(entry.tb_frame)]
    problem = TimedOut(f"no result within {seconds:g} seconds")
    if frames:
        file, line = own(frames[-1].tb_frame)[:FILE], frames[-1].tb_lineno
        problem.args = (f"{problem}.\n{where(frames, file)[:CRASH_WORDS]}",)
        vars(problem)["crash"] = Crash(file, line, "", "", _inside(entries, own))
    return problem


def _entries(error: BaseException) -> list[TracebackType]:
    entries, entry = [], TRACEBACK.__get__(error)
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    return entries


def _inside(entries: list[TracebackType], own: Own) -> tuple[str, ...]:
    """The functions and classes of the submission that an error passed, the innermost first."""
    names: dict[str, None] = {}
    for entry in reversed(entries):
        for name in _names(entry.tb_frame, own):
            if len(names) < MOST_INSIDE:
                names[name[:NAME]] = None
    return tuple(names)


def _names(frame: FrameType, own: Own) -> Iterator[str]:
    """The function or class at the top of a file that a frame runs, and the class of its object.

    The code of a class that is a `Sequential` may be all torch's.
    """
    if frame.f_code is WITH_RESULT:
        yield frame.f_locals["name"]
    if own(frame):
        yield frame.f_code.co_qualname.partition(".")[0]
    kind = type(frame.f_locals.get("self"))
    module = MODULE.__get__(kind)
    if type(module) is str and module.partition(".")[0] == "diffusion":
        yield QUALNAME.__get__(kind).partition(".")[0]
