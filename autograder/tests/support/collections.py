"""What an instructor downloads, as a folder and as a zip, and what is read of it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from autograder.grading.intake import BadSubmission, SubmissionSource

from .submissions import make_folder, make_zip

CODE = b"x = 1\n"
OTHER = b"y = 2\n"
PACKAGE = {"diffusion/ddpm.py": CODE}


def read(source: SubmissionSource) -> dict[str, bytes]:
    return source.read().files


def names(sources: Iterable[SubmissionSource]) -> list[str]:
    return sorted(source.name for source in sources)


def problem(source: SubmissionSource) -> str:
    """Why a submission is refused."""
    with pytest.raises(BadSubmission) as caught:
        source.read()
    return caught.value.why


@pytest.fixture(params=["folder", "zip", "zip in a folder of its own"])
def collection(request, tmp_path) -> Callable[..., Path]:
    """collection(entries): a download that holds them, unpacked or as it was downloaded."""

    def collection(entries: Mapping[str, bytes], name: str = "export") -> Path:
        if request.param == "folder":
            return make_folder(tmp_path / name, entries)
        if request.param != "zip":
            entries = {f"{name}/{entry}": content for entry, content in entries.items()}
        return make_zip(tmp_path / f"{name}.zip", entries)

    return collection
