"""Passages that only some courses show: each names the tasks and figures that it is for.

    # for: train_ddpm train_ddpm_cfg      in Python, from this line ...
    # end for                             ... to this one
    "ddpm_sample": "unet, schedule",      # for: sample

    <!-- for: schedule -->                the same in Markdown
    <!-- end for -->
    ### 2.2 The schedule <!-- for: schedule -->      a heading: all of its section

A passage is shown to a course that asks one of its names. `editing_*` is for all names that begin
so. Blocks may lie in one another. Some names stand for kinds of tasks: `manual` for those that
people grade, `figures` for those of them that show figures, `trained` for those with figures of
nets that students train, `hidden` for checks that students do not get, `from_scratch` for code that
needs no pretrained model.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from autograder.config import Course

from .strip import SourceError

MARK = re.compile(r"(?P<text>.*?)\s*(?:# for: (?P<py>[\w ,*-]+)|<!-- for: (?P<md>[\w ,*-]+?) -->)$")
END = re.compile(r"\s*(?:# end for|<!-- end for -->)$")
HEADING = re.compile(r"(#{1,6}) ")


KINDS = ("manual", "figures", "trained", "hidden", "from_scratch")


class PassageError(SourceError):
    """A mark does not close, or names something that does not exist."""


@dataclass(frozen=True)
class _Open:
    line: int
    shown: bool
    level: int = 0  # of a heading; 0 for a block


def asked(course: Course) -> set[str]:
    """What a passage can be for: the tasks of the course, their figures, and their kinds."""
    figures = {figure for task in course.tasks for figure in task.figures}
    there = {
        "manual": any(task.kind == "manual" for task in course.tasks),
        "figures": bool(figures),
        "trained": not all(map(shows_pretrained, figures)),
        "hidden": any(task.hidden for task in course.tasks),
        "from_scratch": any(t.stubs and not t.id.startswith("editing_") for t in course.tasks),
    }
    return {task.id for task in course.tasks} | figures | {kind for kind in KINDS if there[kind]}


def shows_pretrained(figure: str) -> bool:
    """Whether `python -m diffusion.edit` draws it; the others are of nets that students train."""
    return figure.startswith("editing-")


def is_for(marked: Iterable[str], names: Collection[str]) -> bool:
    """Whether one of the marked names, such as `digits` or `editing_*`, is among `names`."""
    return any(
        any(fnmatchcase(name, mark) for name in names) if "*" in mark else mark in names
        for mark in marked
    )


def shown(text: str, file: str, names: Collection[str] | None) -> str:
    """A text without its marks, and without the passages that are for none of these names.

    Args:
        text: Python or Markdown.
        file: its name, for errors.
        names: what the course asks; None shows every passage.

    Raises:
        PassageError: a block does not close, or closes twice.
    """
    kept: list[str] = []
    opened: list[_Open] = []
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        heading = None if fenced or not file.endswith(".md") else HEADING.match(line)
        if heading:
            while opened and opened[-1].level >= len(heading[1]):
                opened.pop()
        if END.match(line):
            if not opened or opened[-1].level:
                raise PassageError(file, number, "this mark ends no passage; remove it")
            opened.pop()
            continue
        mark = MARK.match(line)
        here = mark is None or names is None or is_for(_names(mark), names)
        if mark and (heading or not mark["text"].strip()):
            opened.append(_Open(number, here, len(heading[1]) if heading else 0))
        if mark and not heading and not mark["text"].strip():
            continue
        if here and all(passage.shown for passage in opened):
            kept.append(mark["text"] if mark else line)
    if unclosed := [passage for passage in opened if not passage.level]:
        raise PassageError(file, unclosed[-1].line, "this passage does not end; add the end mark")
    most = "\n\n" if file.endswith(".md") else "\n\n\n"  # where something vanished
    result = re.sub(rf"\n{{{len(most)},}}", most, "\n".join(kept)).strip("\n")
    return f"{result}\n" if result else ""


def marked_names(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a passage is for."""
    for number, line in enumerate(text.splitlines(), 1):
        if mark := MARK.match(line):
            yield from ((number, name) for name in _names(mark))


def _names(mark: re.Match[str]) -> list[str]:
    return re.split(r"[ ,]+", (mark["py"] or mark["md"]).strip())
