"""Reads every file of a submission in its own child process, which may run out of time or stack."""

import ast
import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

Look = Callable[[bytes, str], Any]
CPU_SECONDS = 10
BYTES = 400 * 2**20
MOST = 200  # entries of one file; more say nothing new
REPLY = 2**22
# Solutions may read data and write checkpoints in these.
KEEP_FILES = ("/data.py", "/train.py", "/training.py")


def report(submission: str, question: str) -> list:
    """[file, answer, None], or [file, None, [line, why it cannot be read]], for every file.

    The answer to "unusual" is [[weight, line, words], ...]; that to "tokens" is an int32 array
    (3, tokens) of signs, starts and ends, see `tokens`; that to "cells" is of
    `checkkit.cells.collect`, whose arguments the file holds.
    """
    look = {"tokens": _tokens, "unusual": _unusual, "cells": _cells}[question]
    if look is not _cells:
        look(b"", "")  # imports everything before the first file is read
    return [
        [path.removeprefix(f"{submission}/"), *_in_a_child(path, look)]
        for path in _sources(submission)
    ]


def _sources(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (f"{root}/{name}" for name in sorted(names))


def _in_a_child(path: str, look: Look) -> tuple[Any, list | None]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _child(path, look, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        reply = pipe.read(REPLY)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return None, [1, f"the parser is ended by {name}"]
    if not 0 < len(reply) < REPLY:
        return None, [1, "it is too long" if reply else "the parser ends without an answer"]
    answer, problem = json.loads(reply)
    if look is _tokens and problem is None:
        answer = np.array(answer, np.int32).reshape(3, -1)
    return answer, problem


def _child(path: str, look: Look, write: int) -> None:
    """Parse, answer and exit; the child runs nothing else of its parent."""
    try:
        for limit, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_DATA, BYTES)):
            with suppress(ValueError, OSError):  # not every system can set each
                resource.setrlimit(limit, (most, most))
        with open(path, "rb") as file:  # noqa: PTH123 - Path is not imported in the worker
            source = file.read()
        reply = [look(source, path), None]
    except (RecursionError, MemoryError) as error:
        reply = [None, [1, f"the parser gives up: {type(error).__name__}"]]
    except SyntaxError as error:
        reply = [None, [error.lineno or 1, f"{error.msg}"[:200]]]
    except BaseException as error:
        reply = [None, [1, f"{type(error).__name__} {error}"[:200]]]
    with suppress(OSError), os.fdopen(write, "wb") as pipe:
        pipe.write(json.dumps(reply).encode())
    os._exit(0)


def _unusual(source: bytes, path: str) -> list[tuple[int, int, str]]:
    from .rules import look_at

    entries = look_at(source, path.endswith(KEEP_FILES))[:MOST]
    compile(source, path, "exec", dont_inherit=True)  # which finds more errors than the parser
    return [(weight, line, words[:400]) for weight, line, words in entries]


def _tokens(source: bytes, path: str) -> list[list[int]]:
    from .alike import OTHERWISE, otherwise
    from .tokens import MOST_TOKENS, TooLong, decoded, tokenise

    try:
        tokens = tokenise(decoded(source), MOST_TOKENS)
    except TooLong as error:
        raise SyntaxError(f"it has {error}") from None
    line = 0
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        line = otherwise(source, ast.parse(source))  # what is broken is compared all the same
    if line:
        raise SyntaxError(f"line {line} {OTHERWISE}")
    return [list(map(ord, tokens.signs)), tokens.starts, tokens.ends]


def _cells(source: bytes, path: str) -> dict:
    from checkkit.cells import collect

    return collect(**json.loads(source))
