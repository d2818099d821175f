"""The worker's end of the two pipes; it may block, for the judge keeps the deadlines."""

import os
from typing import Any

from ..wire import PREFIX, FrameCaps, frame_sizes, pack, unpack

CAPS = FrameCaps(header=2**30, body=2**40)  # the judge is trusted


class Channel:
    """Messages over a descriptor to read from and one to write to."""

    def __init__(self, request_fd: int, reply_fd: int):
        self.request_fd, self.reply_fd = request_fd, reply_fd

    def receive(self) -> Any:
        """The next request; None when the judge has closed the pipe."""
        prefix = self._read(PREFIX.size)
        if not prefix:
            return None
        header, body = frame_sizes(prefix, CAPS)
        return unpack(self._read(header), self._read(body))

    def send(self, message: Any) -> None:
        """Write a reply, all of it."""
        rest = memoryview(pack(message))
        while rest:
            rest = rest[os.write(self.reply_fd, rest) :]

    def _read(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size and (
            piece := os.read(self.request_fd, min(size - len(read), 2**20))
        ):
            read += piece
        return bytes(read)
