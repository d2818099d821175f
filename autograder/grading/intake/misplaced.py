"""Work of the assignment in a file that does not count, where the one that counts has none.

Every Python file is looked at, whatever its name and place. Beside a module that is filled in, it
may be a draft, a copy or a helper, and nothing is said.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from checkkit.cells import filled_names
from checkkit.text import one_line

from .encoding import remark_on
from .naming import listed
from .package import as_text, changed
from .policy import IntakePolicy
from .submission import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    PACKAGE,
    BadSubmission,
    Submission,
    misnamed,
)
from .trees import Tree, ending, files_below

GIVEN_FOLDERS = {"checkkit", "tests"}  # in what students get, these hold no work of theirs
COMMENT = re.compile(r"#[^\n]*")
IMPORT = re.compile(r"^[ \t]*(?:from|import)\b([^\n]*)", re.MULTILINE)
IMPORTS_ALL = re.compile(r"\bimport[ \t(]*\*")
WORD = re.compile(r"\w+")
UNCHANGED = "is unchanged"
DEFINES_NONE = "defines none of its functions"


def say_what_is_misplaced(
    submission: Submission, trees: Iterable[Tree], policy: IntakePolicy
) -> None:
    """Tell student and staff of files that fill in what the submission, as taken, does not.

    `trees` hold everything that was handed in.
    """
    without = _without_work(submission, policy)
    told = set()
    for name in () if submission.of_cells else submission.ignored:
        if not (right := misnamed(PurePosixPath(name).name)):
            continue
        module = f"{PACKAGE}/{right}"
        if module not in submission.files:
            submission.tell(f"{one_line(name)} was not taken: rename it to {right}")
        elif module in without:
            words = f"{right} {without[module]}, and {one_line(name)} was not taken"
            submission.tell(f"{words}: hand in only one")
            told.add(module)
    if not without:
        return
    files = [
        (name, {*filled_names(as_text(content), policy.contract)})
        for name, content in _files(submission, trees)
    ]
    for path, state in without.items():
        names = policy.contract[PurePosixPath(path).stem]["stubs"]
        if held := {file: there for file, own in files if (there := own & names.keys())}:
            defined = [name for name in names if any(name in there for there in held.values())]
            submission.tell(_words(path, state, list(held), defined, policy))
        elif state == DEFINES_NONE and path not in told and any(own for _, own in files):
            submission.tell(f"{path} {state}: {listed(names)}")


def _words(
    path: str, state: str | None, files: list[str], names: list[str], policy: IntakePolicy
) -> str:
    """What to do with files that define names of the module at `path`."""
    several = len(files) > 1
    words = f"{listed(files)} {'define' if several else 'defines'} {listed(names)}"
    if policy.starter.keys() >= set(files):  # it has a place of its own
        return f"{words}, which {'belong' if len(names) > 1 else 'belongs'} into {path}"
    if state is None:
        return f"{words}: call {'one' if several else 'the file'} {path}, which is missing"
    return f"{words}, and {path} {state}: hand in only one"


def _without_work(submission: Submission, policy: IntakePolicy) -> dict[str, str | None]:
    """The modules of which nothing is filled in -> what is to be said of them; None if missing."""
    asked = {f"{PACKAGE}/{name}.py": own["stubs"] for name, own in policy.contract.items()}
    asked = {path: stubs for path, stubs in asked.items() if stubs}
    if submission.of_cells:
        (name,) = submission.files
        filled = {*filled_names(_code_of(submission.files[name]), policy.contract)}
        return {} if filled else dict.fromkeys(asked, f"in {name} {UNCHANGED}")
    own = {
        part
        for path in submission.files
        if path not in policy.starter
        for part in PurePosixPath(path).with_suffix("").parts[1:]
    }
    without: dict[str, str | None] = {}
    for path, stubs in asked.items():
        if (content := submission.files.get(path)) is None:
            without[path] = None
        elif not changed({path: content}, policy):
            imported = _imported(content) - _imported(policy.starter[path])
            if imported.isdisjoint(own):
                without[path] = UNCHANGED
        elif not remark_on(content) and _defines_none(as_text(content), stubs):
            without[path] = DEFINES_NONE
    return without


def _imported(content: bytes) -> set[str]:
    """The words of lines that import."""
    return {word for line in IMPORT.findall(as_text(content)) for word in WORD.findall(line)}


def _defines_none(text: str, stubs: Mapping) -> bool:
    """Whether a text, but for its comments, has none of these names, and none can be imported."""
    code = COMMENT.sub("", text)
    return not IMPORTS_ALL.search(code) and stubs.keys().isdisjoint(WORD.findall(code))


def _code_of(cells: bytes) -> str:
    return "\n".join(cell["source"] for cell in json.loads(cells) if cell["is_code"])


def _files(submission: Submission, trees: Iterable[Tree]) -> Iterator[tuple[str, bytes]]:
    """Each Python file once, those that were taken first; no more than a submission may have."""
    seen: set[bytes] = set()
    told: set[str] = set()
    if not submission.of_cells:
        yield from submission.files.items()
        seen = {*submission.files.values()}
        told = {*filter(misnamed, (PurePosixPath(name).name for name in submission.ignored))}
    left, size = MAX_FILES, 0
    for start, place, name in chain.from_iterable(map(files_below, dict.fromkeys(trees))):
        given = not GIVEN_FOLDERS.isdisjoint(start.split("/"))
        if given or name in told or not ending([name], ".py"):
            continue
        try:
            content = place.read(name, MAX_FILE_BYTES)
        except BadSubmission:
            content = b""  # it was not to be read
        left, size = left - 1, size + len(content)
        if left < 0 or size > MAX_TOTAL_BYTES:
            return
        if content not in seen and len(content) <= MAX_FILE_BYTES:
            seen.add(content)
            yield one_line(start + name), content
