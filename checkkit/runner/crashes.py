"""Where a submission crashed: its own line, the functions around it, and why (see `reasons`)."""

from collections.abc import Callable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any

import torch

from .contract import signature_in
from .letters import Letters
from .outcomes import CRASH_WORDS, MOST_INSIDE, Crash
from .reasons import Story

FILE, CODE, NAME = 100, 200, 100  # characters
# Past whatever a class of the submission puts in their place.
ARGUMENTS, TRACEBACK = (vars(BaseException)[name] for name in ("args", "__traceback__"))
MODULE, QUALNAME = (vars(type)[name] for name in ("__module__", "__qualname__"))
Own = Callable[[FrameType], str]


def explain(error: BaseException, own: Own, inputs: Mapping[str, Any]) -> Crash:
    """The crash of a submission; without a line if none of its own is in the traceback.

    Args:
        own: the name of the submission's file that a frame belongs to, or "".
        inputs: of the probe; the contract has letters for their sizes.
    """
    entries, entry = [], TRACEBACK.__get__(error)
    if isinstance(error, NotImplementedError):  # a stub
        return Crash("", 0, "")
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
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
    if own(frame):
        yield frame.f_code.co_qualname.partition(".")[0]
    kind = type(frame.f_locals.get("self"))
    module = MODULE.__get__(kind)
    if type(module) is str and module.partition(".")[0] == "diffusion":
        yield QUALNAME.__get__(kind).partition(".")[0]
