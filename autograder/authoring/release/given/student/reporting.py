"""Your report, in report/report.md or in the notebook, and what it lacks; part of `submit.py`.

In report.md the answer to a question stands below the line <!-- answer: ... -->, up to the next
heading. In the notebook it is the cell below the question.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOK = "diffusion.ipynb"
REPORT = "report"  # the folder
PAGE = f"{REPORT}/report.md"
EMPTY = {"", "YOUR ANSWER HERE"}
NARROWEST = 8  # hidden channels; nets with fewer only show that the code runs
# Inserted by the release: what people mark, as {"id", "title", "points", "bonus", "question",
# "figures"}; the figures with their numbers.
QUESTIONS: list[dict] = []

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]\n]*\]\([^)\n]+\)")
ANSWER = re.compile(r"<!-- answer: ([\w-]+) -->\n?(.*?)(?=^## |<!-- answer: |\Z)", re.M | re.S)


@dataclass
class Report:
    """What goes into the PDF: Markdown, the pictures that it names, and the answers by question."""

    where: str
    text: str
    pictures: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """Whether there is an answer or a picture in it."""
        return bool(self.pictures) or any(map(_filled, self.answers.values()))

    def lacks(self) -> Iterator[str]:
        """Empty answers with their points, missing figures, and figures of small or short runs."""
        empty = [q for q in QUESTIONS if not _filled(self.answers.get(q["id"], ""))]
        for question in empty:
            yield f'no answer to "{question["title"]}" ({_points(question)})'
        if len(empty) > 1:
            points = sum(q["points"] for q in empty if not q.get("bonus"))
            yield f"so {points:g} points have no answer"
        for question in QUESTIONS:
            names = [f"{number}-{figure}" for figure, number in question["figures"].items()]
            missing = [name for name in names if f"{name}.png" not in self.pictures]
            if missing and not (question.get("bonus") and question in empty):
                yield f'no figure of "{question["title"]}": {", ".join(missing)}'
            for name in [name for name in names if name not in missing]:
                if run := _too_small(self.pictures[f"{name}.png"]):
                    yield f"the figure {name} is {run}"


def report_of_files(folder: Path) -> Report:
    """The report in the folder report/."""
    page = folder / PAGE
    text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    pictures = {p.name: p.read_bytes() for p in report_files(folder) if p.suffix == ".png"}
    answers = {found[1]: found[2] for found in ANSWER.finditer(text)}
    return Report(PAGE, text, pictures, answers)


def report_files(folder: Path) -> list[Path]:
    """The page and the pictures of the report, which are handed in."""
    inside = folder / REPORT
    files = sorted(inside.iterdir()) if inside.is_dir() and not inside.is_symlink() else []
    return [
        path
        for path in files
        if path.suffix in (".md", ".png") and path.is_file() and not path.is_symlink()
    ]


def report_of_notebook(cells: list[dict], title: str) -> Report:
    """The questions, answers and figures of a notebook, without its code."""
    report, lines = Report(NOTEBOOK, ""), [f"# {title}", ""]
    by_id = {name: cell for cell in cells for name in _names(cell)}
    for question in QUESTIONS:
        lines += [f"## {question['title']} ({_points(question)})", ""]
        lines += [f"> {line}" for line in question["question"].splitlines()] + [""]
        for figure, number in question["figures"].items():
            name = f"{number}-{figure}.png"
            if shown := _picture(by_id.get(f"figure-{figure}", {})):
                report.pictures[name] = shown
            lines += [f"![Figure {number}]({name})", ""]
        cell = by_id.get(f"manual-{question['id']}", {})
        answer = "".join(cell.get("source", ""))
        for name, data in (cell.get("attachments") or {}).items():
            own = f"{question['id']}-{name}"
            report.pictures[own] = _decoded(data.get("image/png", "")) or b""
            answer = answer.replace(f"(attachment:{name})", f"(<{own}>)")
        report.answers[question["id"]] = answer
        lines += [answer, ""]
    report.text = "\n".join(lines)
    return report


def _filled(answer: str) -> bool:
    words = PICTURE.sub("", COMMENT.sub("", answer)).strip().strip("*_").strip()
    return words not in EMPTY


def _points(question: dict) -> str:
    points, kind = question["points"], "bonus " if question.get("bonus") else ""
    return f"{points:g} {kind}point{'' if points == 1 else 's'}"


def _names(cell: dict) -> set[str]:
    nbgrader = cell.get("metadata", {}).get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return {name for name in (cell.get("id"), grade_id) if isinstance(name, str)}


def _picture(cell: dict) -> bytes | None:
    """The last picture that a cell shows."""
    found = None
    for output in cell.get("outputs", ()):
        found = _decoded(output.get("data", {}).get("image/png", "")) or found
    return found


def _decoded(text: str | list[str]) -> bytes | None:
    try:
        return base64.b64decode("".join(text)) or None
    except (binascii.Error, TypeError, ValueError):
        return None


def _too_small(png: bytes) -> str:
    """How a figure is of a run that shows less than was asked for; "" if it is not."""
    stamp = _stamp(png)
    D, epochs, asked = (_count(stamp, name) for name in ("D", "epochs", "asked"))
    length = f"{epochs} epoch{'s' * (epochs != 1)}"
    if stamp.get("preset") == "tiny" or 0 < D < NARROWEST:
        return f"of a run of size tiny (D = {D}, {length})"
    return f"of a run of {length}; the handout asks for {asked}" if epochs < asked else ""


def _count(stamp: dict, name: str) -> int:
    value = stamp.get(name)
    return value if isinstance(value, int) else 0


def _stamp(png: bytes) -> dict:
    """What `diffusion.draw` wrote into a figure."""
    place = 8
    while place + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        if kind == b"tEXt" and data.startswith(b"diffusion\0"):
            try:
                stamp = json.loads(data.partition(b"\0")[2])
            except ValueError:
                return {}
            return stamp if isinstance(stamp, dict) else {}
        place += 12 + length
    return {}
