"""Tokenising in a process of its own: a source that takes all memory or time costs only itself.

The process reads JSON lines {file: text} and answers JSON lines {file: [signs, starts, ends]}, or
{"": why} where a submission cannot be compared. It is started again where it ends or is ended.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .tokens import Tokens, TooLong, tokenise

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 1 << 30  # bytes of address space
SECONDS = 20.0  # for one submission; those of the solution take a hundredth of one
MOST_TOKENS = 60_000  # of one submission; the solution has 5,000
PIECE = 1 << 16


class NotComparable(Exception):
    """A submission cannot be compared; the message says why."""


class Tokeniser:
    """The process, seen from outside."""

    def __init__(self, seconds: float = SECONDS):
        self._seconds = seconds
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def tokens_of(self, texts: Mapping[str, str]) -> dict[str, Tokens]:
        """The tokens of each file of a submission.

        Raises:
            NotComparable: it has too many, or reading them takes too much.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(texts).encode() + b"\n")
            self.process.stdin.flush()
            answer = json.loads(self._line())
        except TimeoutError:
            self._end()
            raise NotComparable(f"reading its tokens took over {self._seconds:g} s") from None
        except (OSError, ValueError, EOFError):
            self._end()
            raise NotComparable("reading its tokens took too much memory") from None
        if "" in answer:
            raise NotComparable(answer[""])
        return {name: Tokens(*columns) for name, columns in answer.items()}

    def _line(self) -> bytes:
        """One line of its output, before the time is over."""
        end, pieces = time.monotonic() + self._seconds, []
        assert self.process is not None and self.process.stdout is not None
        output = self.process.stdout.fileno()
        while not (pieces and pieces[-1].endswith(b"\n")):
            left = end - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                raise TimeoutError
            pieces.append(os.read(output, PIECE))
            if not pieces[-1]:
                raise EOFError
        return b"".join(pieces)

    def _end(self) -> None:
        if self.process is not None:
            assert self.process.stdin is not None and self.process.stdout is not None
            self.process.kill()
            self.process.stdout.close()
            with suppress(OSError):
                self.process.stdin.close()
            self.process.wait()
            self.process = None


def _answer(texts: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    left = MOST_TOKENS
    for name, text in texts.items():
        try:
            tokens = tokenise(text, left)
        except TooLong:
            return {"": f"has more than {MOST_TOKENS:,} tokens"}
        left -= len(tokens.signs)
        found[name] = [tokens.signs, tokens.starts, tokens.ends]
    return found


def _serve() -> None:
    with suppress(ImportError, ValueError, OSError):  # not everywhere can this be limited
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
