"""Files that lack functions of the assignment: the starter's stubs complete them.

What is missing is then not attempted, and the modules that import it can be imported.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.course.starter import contract_in
from autograder.grading.intake import PACKAGE, Submission
from autograder.grading.review.source_reader import unreadable
from autograder.grading.sandbox import Isolation
from checkkit.cells import defined_in

HEADING = "\n\n\n# Added by the grader: what this file does not define.\n"


def with_stubs(
    submission: Submission,
    starter: Mapping[str, bytes],
    names: Mapping[str, str],
    isolation: Isolation,
) -> Submission:
    """The submission with stubs for what its files do not define.

    Args:
        names: those of the course; a submission may also use the original ones.
    """
    contract = contract_in(starter)
    original = {theirs: ours.partition(".")[2] for ours, theirs in names.items()}
    missing, texts = {}, {}
    for path, content in submission.files.items():
        module = PurePosixPath(path).stem
        if path != f"{PACKAGE}/{module}.py" or module not in contract:
            continue
        text = content.decode(errors="replace").replace("\r", "\n")
        there = {*defined_in(text, contract)}
        lacks = [
            name
            for name in contract[module]["stubs"]
            if name not in there
            and not re.search(rf"\b(?:def|class) {original.get(name, name)}\b", text)
        ]
        if lacks:
            missing[path], texts[path] = lacks, text
    bad = unreadable(texts, isolation)
    files = dict(submission.files)
    for path, lacks in missing.items():
        if path not in bad:  # its own error is what counts
            stubs = "".join(_stub(starter[path].decode(), name) for name in lacks)
            files[path] += (HEADING + stubs).encode()
    return replace(submission, files=files)


def _stub(source: str, name: str) -> str:
    """A stub with the words of the starter's, unless the name is there in another way."""
    pattern = rf"^(def|class) {name}\b.*?raise NotImplementedError\((\"[^\"\n]*\")\)"
    found = re.search(pattern, source, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return "\n".join(
        ["try:", f"    {name}", "except NameError:", *_lines(found[1], found[2], name), ""]
    )


def _lines(kind: str, message: str, name: str) -> Iterator[str]:
    indent = "    "
    if kind == "class":
        yield f"{indent}class {name}:"
        indent += "    "
        yield f"{indent}def __init__(self, *values, **options):"
    else:
        yield f"{indent}def {name}(*values, **options):"
    yield f"{indent}    raise NotImplementedError({message})"
