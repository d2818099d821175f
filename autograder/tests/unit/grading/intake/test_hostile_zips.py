"""Zips that want to hurt: each costs itself, in little time and memory, and never more."""

import io
import random
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from autograder.grading.intake import BadSubmission, gather, read_submission
from autograder.grading.intake import submission as limits
from autograder.tests.support.submissions import make_folder, make_zip, zipped

CODE = b"x = 1\n"
PACKAGE = {"diffusion/ddpm.py": CODE}


def packed(entries: dict[str, bytes]) -> bytes:
    """A zip that is squeezed."""
    content = io.BytesIO()
    make_zip(content, entries, compression=zipfile.ZIP_DEFLATED)
    return content.getvalue()


def problem(path: Path) -> str:
    with pytest.raises(BadSubmission) as caught:
        read_submission(path)
    return caught.value.why


def refused_within(path: Path, most: int) -> str:
    """The problem, for which Python may hold so many bytes at most."""
    tracemalloc.start()
    try:
        why = problem(path)
        assert tracemalloc.get_traced_memory()[1] < most
        return why
    finally:
        tracemalloc.stop()


def test_a_zip_in_a_zip_is_looked_into_once(tmp_path):
    once = make_zip(tmp_path / "once.zip", {"hw.zip": zipped(PACKAGE)})
    assert read_submission(once).files == PACKAGE
    twice = make_zip(tmp_path / "twice.zip", {"hw.zip": zipped({"hw.zip": zipped(PACKAGE)})})
    assert problem(twice) == "hw.zip holds hw.zip in turn; hand in what is in it"


def test_a_bomb_in_a_zip_is_refused_by_its_size_and_not_held(tmp_path):
    bomb = packed({"diffusion/a.py": bytes(100_000_000)})
    path = make_zip(tmp_path / "z.zip", {"hw.zip": bomb})
    assert "diffusion/a.py is larger than 1,000,000" in refused_within(path, 5_000_000)
    outer = {"hw.zip": bytes(limits.MAX_ZIP_BYTES + 1)}
    path = make_zip(tmp_path / "y.zip", outer, compression=zipfile.ZIP_DEFLATED)
    assert "hw.zip is larger than 50,000,000" in refused_within(path, 5_000_000)


def test_a_directory_of_a_million_entries_is_not_read(tmp_path):
    """Entries without content are 52 bytes each: a small zip could name a million of them."""
    names = (f"{i:06}".encode() for i in range(600_000))
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, *[0] * 4, *[0] * 3, 6, *[0] * 6)
    directory = b"".join(head + name for name in names)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(directory), 0, 0)
    (tmp_path / "z.zip").write_bytes(directory + end)
    why = refused_within(tmp_path / "z.zip", 10_000_000)
    assert why == "is a damaged zip: its directory is too large"


def test_ten_thousand_files_beside_the_package_are_passed_by(tmp_path):
    entries = {f"data/{i}.png": b"" for i in range(5_000)}
    entries |= {f"diffusion/data/{i}.png": b"" for i in range(5_000)}
    path = make_zip(tmp_path / "z.zip", entries | PACKAGE)
    assert read_submission(path).files == PACKAGE
    folder = make_folder(tmp_path / "z", PACKAGE) / "diffusion"
    for i in range(10_000):
        (folder / f"{i}.png").touch()
    assert read_submission(folder.parent).files == PACKAGE


def test_ten_thousand_python_files_are_too_many(tmp_path):
    entries = {f"diffusion/a{i}.py": CODE for i in range(10_000)}
    assert (
        problem(make_zip(tmp_path / "z.zip", entries)) == "more than 200 Python files in diffusion/"
    )


def test_too_many_entries_are_refused(tmp_path):
    entries = dict.fromkeys((f"{i}.txt" for i in range(limits.MAX_ENTRIES + 1)), b"")
    assert problem(make_zip(tmp_path / "z.zip", entries)) == "more than 20,000 entries"


def test_deep_folders_are_not_followed(tmp_path):
    deep = "/".join(["diffusion", *["a"] * 5_000, "x.py"])
    less = "/".join(["diffusion", *["a"] * 9, "x.py"])
    more = "/".join(["diffusion", *["a"] * 10, "x.py"])
    path = make_zip(tmp_path / "z.zip", dict.fromkeys((deep, less, more), CODE) | PACKAGE)
    taken = read_submission(path)
    assert set(taken.files) == {"diffusion/ddpm.py", less}
    assert deep in taken.ignored


def test_every_limit_holds_for_flat_files_too(tmp_path):
    many = {f"a{i}.py": CODE for i in range(201)} | {"ddpm.py": CODE}
    assert "more than 200 Python files" in problem(make_folder(tmp_path / "many", many))
    large = {"ddpm.py": bytes(limits.MAX_FILE_BYTES + 1)}
    assert "is larger than 1,000,000" in problem(make_folder(tmp_path / "large", large))
    total = {f"a{i}.py": bytes(900_000) for i in range(6)} | {"ddpm.py": CODE}
    assert "more than 5,000,000 bytes" in problem(make_folder(tmp_path / "total", total))


def test_names_that_differ_in_case_alone_are_refused(tmp_path):
    for i, pair in enumerate([("a.py", "A.py"), ("own/a.py", "Own/a.py")]):
        entries = {f"diffusion/{name}": CODE for name in pair}
        assert "occurs twice; hand in only one" in problem(make_zip(tmp_path / f"{i}.zip", entries))


def test_names_that_are_not_utf_8_are_passed_by(tmp_path):
    data = zipped({"diffusion/ddpm.py": CODE, "diffusion/\xe9\xe9.py": CODE})
    broken = data.replace("\xe9\xe9".encode(), b"\xff\xfe\xff\xfe")
    (tmp_path / "z.zip").write_bytes(broken)
    assert "is a damaged zip" in problem(tmp_path / "z.zip")
    old = zipfile.ZipInfo("x")
    old.filename = "diffusion/\xe9\u202e\x1b[31m.py"
    taken = read_submission(make_zip(tmp_path / "y.zip", {old: CODE} | PACKAGE))
    assert taken.files == PACKAGE


def test_no_message_carries_what_a_student_wrote_for_a_terminal(tmp_path):
    evil = "\x1b[31m\u202eevil\n"
    for i, entries in enumerate(
        [
            {f"{evil}.py": CODE},
            {f"{evil}.ipynb": CODE},
            {f"{evil}.zip": CODE, "b.zip": CODE},
            {f"{evil}.zip": CODE},
            {f"{evil}/diffusion/a.py": CODE, "b/diffusion/a.py": CODE},
            {f"{evil}/diffusion/a.py": CODE, f"{evil}/diffusion/A.py": CODE},
        ]
    ):
        path = make_zip(tmp_path / f"{i}.zip", entries)
        assert problem(path).isprintable()
        for one in gather([path]):
            assert one.name.isprintable() and str(one.path).isprintable()


def test_encrypted_and_damaged_ones_in_a_batch_keep_nobody_waiting(tmp_path):
    locked = bytearray(zipped(PACKAGE))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    changed = zipped(PACKAGE).replace(CODE, b"x = 2\n")
    batch = {"anna.zip": zipped(PACKAGE), "bert.zip": bytes(locked), "carl.zip": changed}
    for path in (make_folder(tmp_path / "all", batch), make_zip(tmp_path / "all.zip", batch)):
        told = {}
        for one in gather([path]):
            try:
                told[one.name] = set(one.read().files)
            except BadSubmission as error:
                told[one.name] = error.why
        assert told["anna"] == set(PACKAGE)
        assert told["bert"] == "is encrypted; hand in a zip without a password"
        assert told["carl"].startswith("is a damaged zip: Bad CRC-32")


def test_whatever_is_changed_in_a_zip_nothing_but_a_refusal_comes_of_it(tmp_path):
    chance = random.Random(5)
    inner = packed({"hw/diffusion/ddpm.py": CODE * 50, "hw/diffusion/own/a.py": CODE})
    export = {"submission_metadata.yml": b"submission_1:\n  :submitters: []\n"}
    whole = [
        packed({"a.zip": inner, "b/ddpm.py": CODE}),
        packed(export | {"submission_1/x.zip": inner}),
    ]
    path, read = tmp_path / "z.zip", 0
    for i in range(400):
        data = bytearray(whole[i % 2])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        for one in gather([path]):
            try:
                read += bool(one.read().files)
            except BadSubmission:
                continue
    assert read > 20, "some changes hurt nothing"
