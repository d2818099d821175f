"""The cells of a notebook are parsed and put together in the sandbox, by `checkkit.cells`.

What comes back is as untrusted as the cells: text of modules, of remarks, and line numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, ValidationError

from autograder.course.starter import contract_in
from autograder.grading.intake import PACKAGE, Submission
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.wire import WireError
from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import one_line

from .source_reader import read_inside

FILE = f"{PACKAGE}/cells.json"
MOST_CHARACTERS = 3_000_000  # of all modules together
FUTURE = "from __future__ import annotations\n\n"
HEADING = "\n\n\n# From the notebook.\n"
Place = tuple[StrictInt, StrictInt, StrictStr, StrictInt]


class Answer(BaseModel):
    """What `checkkit.cells.collect` says, once it is known to have this form."""

    model_config = ConfigDict(extra="ignore")

    modules: dict[StrictStr, list[StrictStr]]
    places: dict[StrictStr, list[Place]]
    future: StrictBool
    remarks: list[StrictStr]


def with_modules(
    submission: Submission, starter: Mapping[str, bytes], isolation: Isolation
) -> Submission:
    """A submission with the modules that its notebook's cells make of the starter's.

    It has no files if the cells break what reads them; a remark says so.
    """
    ((name, cells),) = submission.files.items()
    question = json.dumps({"cells": json.loads(cells), "contract": contract_in(starter)}).encode()
    try:
        reply = read_inside({FILE: question}, "cells", isolation)[FILE]
        if reply.problem:
            return _unreadable(submission, name, reply.problem)
        answer = Answer.model_validate(reply.answer)
    except (SubmissionProblem, WireError, ValidationError) as problem:
        return _unreadable(submission, name, str(problem))
    files, places = put_together(answer, starter)
    if sum(map(len, files.values())) > MOST_CHARACTERS:
        return _unreadable(submission, name, "it makes too long modules")
    remarks = [one_line(f"{name}: {words}", 600) for words in answer.remarks]
    return replace(submission, files=files, places=places, remarks=submission.remarks + remarks)


def put_together(
    answer: Answer, starter: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, list[Place]]]:
    """The modules, by path, and where in them the statements of cells are."""
    files, places = {}, {}
    for path, source in starter.items():
        module = PurePosixPath(path).stem
        if path != f"{PACKAGE}/{module}.py" or module not in answer.modules:
            continue
        begin = (FUTURE if answer.future else "") + source.decode().rstrip("\n") + HEADING
        text = begin + "\n".join([*answer.modules[module], ""])
        files[path] = text.encode(errors="surrogatepass")
        above = begin.count("\n")
        places[path] = [
            (above + first, count, one_line(cell), line)
            for first, count, cell, line in answer.places.get(module, ())
        ]
    return files, places


def _unreadable(submission: Submission, name: str, problem: str) -> Submission:
    words = f"{name}: its cells cannot be read: {one_line(problem, 300)}"
    return replace(submission, files={}, remarks=[*submission.remarks, words])
