"""Reads every file of the submission in a child of its own, which may run out of time or stack."""

import json
import os
import resource
import signal
from collections.abc import Iterator
from typing import Any

CPU_SECONDS = 10
BYTES = 400 * 2**20
MOST = 200  # things found in one file; more say nothing new
REPLY = 2**20
UNREADABLE = "cannot be parsed: "
# Some of these are given; whoever extends them reads data and writes checkpoints.
KEEP_FILES = ("/data.py", "/train.py", "/training.py")


def report(submission: str) -> list:
    """[file, line, words] for everything found."""
    found = []
    for path in _sources(submission):
        name = path.removeprefix(f"{submission}/")
        found += [[name, line, words] for line, words in _in_a_child(path)]
    return found[:1000]


def _sources(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (f"{root}/{name}" for name in sorted(names) if name.endswith(".py"))


def _in_a_child(path: str) -> list[tuple[int, str]]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _child(path, write)
    os.close(write)
    said = b""
    while len(said) < REPLY and (piece := os.read(read, REPLY)):
        said += piece
    os.close(read)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return [(1, f"{UNREADABLE}whoever tries is ended by {name}")]
    return json.loads(said) if said else [(1, f"{UNREADABLE}whoever tries ends without a word")]


def _child(path: str, write: int) -> Any:
    """Parse, look, tell, and leave: nothing of the parent's goes on here."""
    from .rules import look_at

    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
        with open(path, "rb") as file:  # noqa: PTH123 - Path is not imported in the worker
            source = file.read()
        found = look_at(source, path.endswith(KEEP_FILES))[:MOST]
        compile(source, path, "exec", dont_inherit=True)  # which sees more than a parser
    except (RecursionError, MemoryError) as error:
        found = [(1, f"{UNREADABLE}the parser gives up: {type(error).__name__}")]
    except SyntaxError as error:
        found = [(error.lineno or 1, f"{UNREADABLE}{error.msg}"[:200])]
    except BaseException as error:
        found = [(1, f"{UNREADABLE}{type(error).__name__} {error}"[:200])]
    rest = json.dumps(found).encode()
    while rest:
        rest = rest[os.write(write, rest) :]
    os._exit(0)
