"""Writing files as a whole: no reader sees half of one, not even after a crash."""

from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a UTF-8 file as a whole or not at all."""
    write_bytes_whole(path, text.encode("utf-8", errors="replace"))


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_bytes(data)
        half.replace(path)
    except BaseException as error:  # a full disk, Ctrl-C
        with suppress(OSError):
            half.unlink()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # else nobody learns which disk is full
        raise
