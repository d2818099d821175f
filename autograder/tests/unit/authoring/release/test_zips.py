"""Zips of the release: same content, same bytes, and names that are safe to unpack anywhere."""

import io
import stat
import time
import zipfile

import pytest

from autograder.authoring.release.zips import zip_bytes

FILES = {"b/run.sh": b"#!/bin/sh\n", "a.py": b"x = 1\n" * 100, "c.png": b"\x89PNG"}


def test_the_order_of_files_and_the_clock_change_no_byte(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert zip_bytes(dict(reversed(FILES.items()))) == zip_bytes(FILES)


def test_what_is_unpacked_is_what_was_packed_with_its_modes():
    data = zip_bytes(FILES, executable={"b/run.sh"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == sorted(FILES)
        assert {name: archive.read(name) for name in FILES} == FILES
        modes = {e.filename: stat.filemode(e.external_attr >> 16) for e in archive.infolist()}
    assert modes == {"a.py": "-rw-r--r--", "b/run.sh": "-rwxr-xr-x", "c.png": "-rw-r--r--"}


@pytest.mark.parametrize(
    "name", ["", "/etc/x", "../x", "a/../b", "./a", "a//b", "a/", "a\\b", "C:x", "a\nb"]
)
def test_names_that_are_not_safe_to_unpack_are_refused(name):
    with pytest.raises(ValueError, match="name"):
        zip_bytes({name: b""})


def test_names_that_differ_in_case_alone_are_refused():
    with pytest.raises(ValueError, match=r"A\.py and a\.py are one file"):
        zip_bytes({"a.py": b"", "A.py": b""})


def test_an_executable_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"gone\.sh should be executable"):
        zip_bytes(FILES, executable={"gone.sh"})
