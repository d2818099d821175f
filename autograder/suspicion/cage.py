"""Source goes into a cage, where somebody parses it; what comes back are words."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.intake import PACKAGE
from autograder.sandbox import Isolation, Limits
from autograder.sandbox.connection import Connection
from autograder.sandbox.launch import launch
from autograder.sandbox.wire import FrameCaps, WireError, unpack
from autograder.sandbox.workspace import workspace
from tests.report.words import one_line
from tests.seam.outcomes import SubmissionProblem

from .inside.reading import UNREADABLE

LIMITS = Limits(memory=512 * 2**20, processes=8, scratch=2**20)
SECONDS = 60.0
HEADER_BYTES = 2**18


def found_inside(files: Mapping[str, bytes], isolation: Isolation) -> list[tuple[str, int, str]]:
    """File, line, and what deserves a look there.

    Raises:
        SubmissionProblem, WireError: whoever read it did not live to say so.
    """
    report = _read(files, isolation)
    return [entry for entry in map(_entry, report) if entry[0] in files]


def unreadable(texts: Mapping[str, str], isolation: Isolation) -> dict[str, str]:
    """Of these texts, by name: why Python cannot read it, as in "line 3: invalid syntax"."""
    if not texts:
        return {}
    # Behind two lines, or a comment on the encoding would count, which does not in a module.
    files = {f"{PACKAGE}/t{number}.py": name for number, name in enumerate(texts)}
    sources = {
        file: b"\n\n" + texts[name].encode(errors="surrogatepass") for file, name in files.items()
    }
    try:
        found = found_inside(sources, isolation)
    except (SubmissionProblem, WireError):
        return {}  # importing them will fail too, and say so
    why = {}
    for file, line, words in found:
        if words.startswith(UNREADABLE):
            said = one_line(words.removeprefix(UNREADABLE), 200)
            why[files[file]] = f"line {max(1, line - 2)}: {said}"
    return why


def _read(files: Mapping[str, bytes], isolation: Isolation) -> list:
    with tempfile.TemporaryDirectory(dir=workspace().folder) as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        cage = isolation.cage(Path(folder), LIMITS)  # which takes a copy
    process, pipes = launch(cage, LIMITS, role="read")
    connection = Connection(process, pipes, FrameCaps(HEADER_BYTES, 0), 4096)
    try:
        report = unpack(*connection.ask(b"", SECONDS))
    finally:
        cage.end(process.pid)
        process.wait(10)
        connection.close()
    if not isinstance(report, list):
        raise WireError("no list of what was found")
    return report


def _entry(entry: Any) -> tuple[str, int, str]:
    # Whoever parses hostile source may be made to say anything.
    if not isinstance(entry, list) or [type(part) for part in entry] != [str, int, str]:
        raise WireError("an entry that is none")
    return tuple(entry)
