"""The worker's end of the two pipes; it may block, for the judge keeps the deadlines."""

import os
from typing import Any

from ..wire import PREFIX, FrameCaps, frame_sizes, pack, unpack

CAPS = FrameCaps(header=2**30, body=2**40)  # the judge is trusted


class Channel:
    """Messages over a descriptor to read from and one to write to."""

    def __init__(self, request_fd: int, reply_fd: int):
        self.request_fd, self.reply_fd = request_fd, reply_fd
        # The pipes stay open until the process ends: the judge takes a closed one for that end.
        self._requests = os.fdopen(request_fd, "rb", closefd=False)
        self._replies = os.fdopen(reply_fd, "wb", closefd=False)

    def receive(self) -> Any:
        """The next request; None when the judge has closed the pipe."""
        prefix = self._requests.read(PREFIX.size)
        if not prefix:
            return None
        header, body = frame_sizes(prefix, CAPS)
        return unpack(self._requests.read(header), self._requests.read(body))

    def send(self, message: Any) -> None:
        """Write a reply, all of it."""
        self._replies.write(pack(message))
        self._replies.flush()
