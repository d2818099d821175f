"""Messages to and from a worker, with deadlines.

The worker may write at any time, or not at all, or for ever; it may stop reading. The judge never
blocks, and a worker that writes before a request or after its reply is ended.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable

from checkkit.runner.outcomes import Crashed, ProtocolBroken, TimedOut

from .wire import PREFIX, FrameCaps, WireError, frame_sizes

TICK = 0.2  # seconds between two looks at what the worker uses
PIECE = 2**18


class Connection:
    """The judge's side of one worker's pipes: it writes requests, reads replies and output.

    `keep` is how many bytes at the end of the output are kept.
    """

    def __init__(
        self,
        process: subprocess.Popen,
        request: int,
        reply: int,
        output: int,
        caps: FrameCaps,
        keep: int,
    ):
        for descriptor in (request, reply, output):
            os.set_blocking(descriptor, False)
        self._process, self._caps, self._keep = process, caps, keep
        self._request, self._reply, self._output = request, reply, output
        self.output = b""  # the end of what the worker wrote to stdout and stderr

    def ask(
        self, request: bytes, seconds: float, tick: Callable[[], None] = lambda: None
    ) -> tuple[bytes, bytes]:
        """Send a frame (none at all, if empty) and return header and body of the reply.

        `tick` is called every now and then; what it raises ends the wait.

        Raises:
            TimedOut, Crashed, ProtocolBroken: the worker is then of no further use.
        """
        deadline = time.monotonic() + seconds
        next_tick = time.monotonic() + TICK
        rest, reply = memoryview(request), bytearray()
        if request:
            self.expect_silence()
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise TimedOut(f"no answer within {seconds:g} seconds")
            if now >= next_tick:
                tick()
                next_tick = time.monotonic() + TICK
            ready = self._poll(bool(rest), min(deadline, next_tick) - now)
            if self._output in ready:
                self._drain()
            if self._request in ready:
                rest = self._send(rest)
            if self._reply in ready:
                reply += self._receive()
                if rest:
                    raise ProtocolBroken("the worker answered before the request was complete")
                if self._complete(reply):
                    break
        self.expect_silence()
        header, _ = frame_sizes(bytes(reply[: PREFIX.size]), self._caps)
        return bytes(reply[PREFIX.size : PREFIX.size + header]), bytes(
            reply[PREFIX.size + header :]
        )

    def expect_silence(self) -> None:
        """Check that nothing waits to be read.

        Raises:
            ProtocolBroken, Crashed: something does, or the worker has ended.
        """
        if self.has_news():
            self._receive()
            raise ProtocolBroken("the worker sent a message without a request")

    def has_news(self) -> bool:
        """Whether the worker has written something that is not yet read, or has ended."""
        return self._reply in self._poll(False, 0)

    def close(self) -> None:
        """Keep the last of the output, close the pipes. The process must have ended."""
        for _ in range(64):  # what a pipe can hold; a survivor could write for ever
            if self._output not in self._poll(False, 0) or not self._drain():
                break
        for descriptor in (self._request, self._reply, self._output):
            if descriptor >= 0:
                os.close(descriptor)

    def _poll(self, writing: bool, seconds: float) -> set[int]:
        poll = select.poll()
        poll.register(self._reply, select.POLLIN)
        if self._output >= 0:
            poll.register(self._output, select.POLLIN)
        if writing:
            poll.register(self._request, select.POLLOUT)
        return {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}

    def _send(self, rest: memoryview) -> memoryview:
        try:
            return rest[os.write(self._request, rest[:PIECE]) :]
        except BlockingIOError:
            return rest
        except BrokenPipeError:
            raise self._ended() from None

    def _receive(self) -> bytes:
        piece = _read(self._reply)
        if piece is None:
            raise self._ended()
        return piece

    def _drain(self) -> bool:
        piece = _read(self._output)
        if piece is None:  # the submission closed its stdout and stderr, as it may
            os.close(self._output)
            self._output = -1
        self.output = (self.output + (piece or b""))[-self._keep :]
        return bool(piece)

    def _complete(self, reply: bytearray) -> bool:
        if len(reply) < PREFIX.size:
            return False
        try:
            whole = PREFIX.size + sum(frame_sizes(bytes(reply[: PREFIX.size]), self._caps))
        except WireError as error:
            raise ProtocolBroken(str(error)) from None
        if len(reply) > whole:
            raise ProtocolBroken("the worker sent more than its reply")
        return len(reply) == whole

    def _ended(self) -> Crashed | ProtocolBroken:
        try:
            status = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return ProtocolBroken("the worker closed its pipes")
        return Crashed(f"the process that ran the submission ended ({_in_words(status)})")


def _read(descriptor: int) -> bytes | None:
    """What waits to be read, b"" if that is nothing; None at the end."""
    try:
        return os.read(descriptor, PIECE) or None
    except BlockingIOError:
        return b""


def _in_words(status: int) -> str:
    number = -status if status < 0 else status - 128  # bubblewrap reports signals as shells do
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"exit status {status}"
    return f"signal {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
