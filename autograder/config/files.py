"""Writing files so that a reader, or a crash, never meets half of one."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a UTF-8 file that appears whole or not at all."""
    write_bytes_whole(path, text.encode("utf-8", errors="replace"))


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    half = path.with_name(f".{path.name}.part")
    half.write_bytes(data)
    half.replace(path)
