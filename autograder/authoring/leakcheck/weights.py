"""Trained weights in anything that students receive: they train their own."""

from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository

from .leaks import received_files

# What holds arrays, by its suffix; a file of another suffix is found by its first bytes.
ARRAYS = {".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".npz", ".npy", ".pkl", ".h5", ".onnx"}
MAGIC = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"\x93NUMPY")
GIVEN = {Repository.classifier.name, Repository.digits.name}


def weight_findings(root: Path) -> Iterator[Finding]:
    """Files of arrays below the folders that students receive, but for the two they need."""
    for path in received_files(root):
        file = path.relative_to(root).as_posix()
        if file not in GIVEN and (path.suffix in ARRAYS or _begins_like_arrays(path)):
            problem = "students would receive arrays, weights perhaps: move it out of here"
            yield Finding(file, 1, problem)


def _begins_like_arrays(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(MAGIC)
