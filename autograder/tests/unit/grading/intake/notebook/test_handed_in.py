"""Notebooks in every form in which submissions come, and beside modules."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from autograder.grading.intake import BadSubmission, gather, read_submission
from autograder.tests.support.notebooks import POLICY, changed, given, own, saved
from autograder.tests.support.submissions import make_folder, make_zip, zipped

# Made when they are needed.
RIGHT, UNTOUCHED = b"the solved notebook", b"the notebook as it is given"
MY_WAY = b"the solved notebook with a cell more"
STARTER = {name: data for name, data in POLICY.starter.items() if name.count("/") == 1}
FILLED = {"diffusion/denoiser.py": b"def add_noise(x, sigma):\n    return x\n"}
DDPM = "diffusion/ddpm.py"


def real(entries: dict) -> dict[str, bytes]:
    """The entries with real notebooks, and zips for what are entries in turn."""
    made = {
        RIGHT: changed,
        UNTOUCHED: lambda: saved(given()),
        MY_WAY: lambda: changed(lambda notebook: notebook.cells.append(own("# my way"))),
    }
    return {
        name: zipped(real(data)) if isinstance(data, dict) else made.get(data, lambda d=data: d)()
        for name, data in entries.items()
    }


def folder(path, entries):
    return make_folder(path, real(entries))


def packed(path, entries):
    return make_zip(path, real(entries))


def problem(handed_in) -> str:
    with pytest.raises(BadSubmission) as caught:
        handed_in.read()
    return caught.value.why


def read(path, hands_in="py"):
    return read_submission(path, replace(POLICY, hands_in=hands_in))


def is_solved(submission) -> bool:
    return any(b"torch.cumprod" in content for content in submission.files.values())


# ------------------------------------------------------------------------- in whatever it comes


@pytest.mark.parametrize(
    "entries",
    [
        {"diffusion.ipynb": RIGHT},
        {"hw/diffusion.ipynb": RIGHT, "hw/figures/a.png": b"x"},
        {"my work.IPYNB": RIGHT, "notes.txt": b"x", ".ipynb_checkpoints/x-checkpoint.ipynb": b"{}"},
        {"a/b/Copy of diffusion.ipynb": RIGHT, "__MACOSX/._diffusion.ipynb": b"x"},
        {"hw.zip": {"diffusion (1).ipynb": RIGHT}},
        {"diffusion.ipynb": RIGHT, "diffusion-Copy1.ipynb": UNTOUCHED, "other.ipynb": b"{}"},
    ],
    ids=["alone", "in a folder", "named", "deep", "zipped", "copies"],
)
@pytest.mark.parametrize("make", [packed, folder], ids=["zip", "folder"])
def test_a_notebook_is_found_where_it_lies(tmp_path, entries, make):
    path = make(tmp_path / ("x.zip" if make is packed else "x"), entries)
    assert is_solved(read(path))
    (one,) = gather([path], POLICY)
    assert is_solved(one.read())


def test_a_single_notebook_is_a_submission_named_after_it(tmp_path):
    folder(tmp_path, {"anna.ipynb": RIGHT, "bert.ipynb": UNTOUCHED})
    anna, bert = gather([tmp_path / "anna.ipynb", tmp_path / "bert.ipynb"], POLICY)
    assert (anna.name, bert.name) == ("anna", "bert")
    assert is_solved(anna.read()) and not is_solved(bert.read())


@pytest.mark.parametrize("make", [packed, folder], ids=["zip", "folder"])
def test_students_notebooks_side_by_side_are_a_submission_each(tmp_path, make):
    entries = {
        "anna.ipynb": RIGHT,
        "bert/hw.ipynb": RIGHT,
        "carl.zip": {"diffusion.ipynb": RIGHT},
        "dora/diffusion/ddpm.py": b"x = 1\n",
        "emil.ipynb": b"no notebook",
    }
    found = {one.name: one for one in gather([make(tmp_path / "all.zip", entries)], POLICY)}
    assert sorted(found) == ["anna", "bert", "carl", "dora", "emil"]
    assert all(is_solved(found[name].read()) for name in ("anna", "bert", "carl"))
    assert "emil.ipynb is damaged, no whole notebook" in problem(found["emil"])


def test_platforms_downloads_of_notebooks_are_read(tmp_path):
    canvas = {
        "amesanna_12345_9001_diffusion.ipynb": RIGHT,
        "bellbert_LATE_12346_9002_diffusion-1.ipynb": RIGHT,
    }
    moodle = {"Anna Ames_12_assignsubmission_file_/hw.ipynb": RIGHT}
    metadata = "---\nsubmission_1:\n  :submitters:\n  - :name: Anna\n    :sid: '7'\n"
    gradescope = {
        "export/submission_metadata.yml": metadata.encode(),
        "export/submission_1/diffusion.ipynb": RIGHT,
    }
    classroom = {"hw-anna/diffusion.ipynb": RIGHT, "hw-anna/.git/config": b"", "hw-bert/x": b""}
    for name, entries, ids in (
        ("canvas.zip", canvas, ["12345", "12346"]),
        ("moodle.zip", moodle, ["12"]),
        ("gradescope.zip", gradescope, ["7"]),
    ):
        found = gather([packed(tmp_path / name, entries)], POLICY)
        assert sorted(student.id for one in found for student in one.students) == ids
        assert all(is_solved(one.read()) for one in found)
    found = gather([folder(tmp_path / "hw-submissions", classroom)], POLICY)
    assert [is_solved(one.read()) for one in found if one.students[:1]][:1] == [True]


@pytest.mark.parametrize(
    "entries, words",
    [
        ({"a.ipynb": RIGHT, "diffusion1.ipynb": RIGHT, "diffusion2.ipynb": MY_WAY}, "2 times"),
        ({f"diffusion-{i}.ipynb": b"{}" for i in range(9)}, "holds 9 notebooks"),
        ({"diffusion.ipynb": b"{}", "diffusion (1).ipynb": RIGHT}, "no notebook of format 4"),
    ],
    ids=["two of one kind", "nine", "the named one is broken"],
)
def test_notebooks_that_leave_a_doubt_are_told(tmp_path, entries, words):
    with pytest.raises(BadSubmission, match=words):
        read(folder(tmp_path / "x", entries))


def test_of_several_notebooks_the_one_with_the_assignments_cells_counts(tmp_path):
    entries = {"mine.ipynb": RIGHT, "notes.ipynb": b'{"nbformat": 4, "cells": []}'}
    taken = read(folder(tmp_path / "x", entries))
    assert is_solved(taken)
    assert "mine.ipynb: it was graded, notes.ipynb not" in taken.remarks


@pytest.mark.parametrize(
    "entries, graded, doubt",
    [
        ({"diffusion.ipynb": UNTOUCHED, "diffusion-1.ipynb": RIGHT}, "diffusion-1.ipynb", ""),
        ({"diffusion.ipynb": UNTOUCHED, "anna.ipynb": RIGHT}, "anna.ipynb", ""),
        ({"diffusion-2.ipynb": UNTOUCHED, "diffusion-1.ipynb": RIGHT}, "diffusion-1.ipynb", ""),
        ({"diffusion.ipynb": RIGHT, "diffusion-1.ipynb": RIGHT}, "diffusion.ipynb", ""),
        (
            {"diffusion.ipynb": RIGHT, "diffusion-1.ipynb": MY_WAY},
            "diffusion.ipynb",
            "diffusion.ipynb was graded; diffusion-1.ipynb is filled in too, and differs",
        ),
        ({"a.ipynb": RIGHT, "b.ipynb": RIGHT}, "a.ipynb", ""),
    ],
    ids=["a copy", "of another name", "two copies", "the same twice", "two answers", "the same"],
)
def test_of_several_notebooks_one_that_is_filled_in_counts(tmp_path, entries, graded, doubt):
    taken = read(folder(tmp_path / "x", entries))
    assert is_solved(taken) and [*taken.files] == [graded]
    assert any(f"{graded}: it was graded" in words for words in taken.remarks)
    assert taken.doubts == ([doubt] if doubt else [])


def test_of_several_notebooks_in_one_download_of_canvas_the_filled_one_counts(tmp_path):
    """Canvas numbers the name of a file that is handed in again."""
    entries = {
        "amesanna_105_9010_diffusion.ipynb": UNTOUCHED,
        "amesanna_105_9017_diffusion-1.ipynb": RIGHT,
        "bellbert_106_9018_diffusion-1.ipynb": UNTOUCHED,
        "bellbert_106_9019_diffusion.ipynb": RIGHT,
    }
    anna, bert = (one.read() for one in gather([packed(tmp_path / "c.zip", entries)], POLICY))
    assert is_solved(anna) and [*anna.files] == ["diffusion-1.ipynb"]
    assert is_solved(bert) and [*bert.files] == ["diffusion.ipynb"]


def test_staff_reads_of_modules_that_were_not_taken(tmp_path):
    entries = {
        **{f"diffusion/{name}.py.txt": b"x = 1\n" for name in ("blocks", "cfg")},
        "diffusion/cfg.py": b"ddpm_cfg_sample = None\n",
        "diffusion/ddpm.py": STARTER[DDPM],
        "diffusion/ddpm (1).py": b"x = 3\n",
    }
    taken = read(folder(tmp_path / "x", entries))
    assert taken.doubts == [
        "diffusion/blocks.py.txt was not taken: rename it to blocks.py",
        "ddpm.py is unchanged, and diffusion/ddpm (1).py was not taken: hand in only one",
    ]
    assert set(taken.doubts) <= set(taken.remarks)


# ------------------------------------------------------------------------------- both formats


@pytest.mark.parametrize(
    "modules, notebook, hands_in, counts, because",
    [
        (FILLED, RIGHT, "py", "py", "hands_in: py of grading.yaml decides"),
        (FILLED, RIGHT, "notebook", "notebook", "hands_in: notebook of grading.yaml decides"),
        (FILLED, UNTOUCHED, "notebook", "py", "diffusion.ipynb is unchanged"),
        (STARTER, RIGHT, "py", "notebook", "the modules in diffusion/ are unchanged"),
        (STARTER, RIGHT, "notebook", "notebook", "the modules in diffusion/ are unchanged"),
        ({"diffusion/notes.txt": b"x"}, RIGHT, "py", "notebook", None),
    ],
    ids=["py", "notebook", "py after all", "starter", "starter, notebook", "no module"],
)
def test_of_both_formats_one_counts_and_is_named(
    tmp_path, modules, notebook, hands_in, counts, because
):
    path = folder(tmp_path / "x", {**modules, "diffusion.ipynb": notebook})
    taken = read(path, hands_in)
    assert is_solved(taken) == (counts == "notebook")
    if because:
        (told,) = [words for words in taken.remarks if because in words]
        assert (" graded" in told) and "diffusion.ipynb" in told


def test_modules_of_a_release_that_has_changed_since_are_still_as_they_were_given(tmp_path):
    """Docstrings, given modules: a student who works in the notebook has never looked at them."""
    old = {name: data.replace(b"algorithm 1", b"page 3") for name, data in STARTER.items()}
    old["diffusion/data.py"] = b"# of an older release\n"
    assert old["diffusion/ddpm.py"] != STARTER["diffusion/ddpm.py"]
    taken = read(folder(tmp_path / "x", {**old, "diffusion.ipynb": RIGHT}))
    assert is_solved(taken)


# ------------------------------------------------------------------------------------- nbgrader


def submitted(
    student: str, when: str = "2026-12-01 12:00:00.5 UTC", name: str = "diffusion-models"
):
    place = f"submitted/{student}/{name}"
    return {
        f"{place}/diffusion.ipynb": RIGHT,
        f"{place}/timestamp.txt": when.encode(),
        **{f"{place}/{module}": data for module, data in STARTER.items()},
    }


@pytest.mark.parametrize("inside", ["", "submitted"], ids=["the course", "its folder submitted"])
def test_what_nbgrader_collected_is_a_submission_each_with_its_time(tmp_path, inside):
    entries = {
        "nbgrader_config.py": b"",
        "source/diffusion-models/diffusion.ipynb": b"x",
        **submitted("anna"),
        **submitted("bert", "2026-12-01 13:00:00 +0100"),
        **submitted("carl", "yesterday"),
        **submitted("dora", "2026-12-01 12:00:00", "another-assignment"),
        "submitted/emil/diffusion-models/notes.txt": b"x",
    }
    course = folder(tmp_path / "course", entries)
    found = {one.name: one for one in gather([course / inside], POLICY)}
    assert sorted(found) == ["anna", "bert", "carl", "emil"]
    assert [student.id for one in found.values() for student in one.students] == sorted(found)
    assert is_solved(found["anna"].read())
    assert found["anna"].submitted_at.isoformat() == "2026-12-01T12:00:00.500000+00:00"
    assert found["bert"].submitted_at.isoformat() == "2026-12-01T12:00:00+00:00"
    assert found["carl"].submitted_at is None
    (flag,) = found["carl"].flags
    assert flag.startswith("the time 'yesterday' cannot be read; give it with --times")
    assert "notes.txt" in problem(found["emil"]) or "no folder named" in problem(found["emil"])


@pytest.mark.parametrize(
    "written, zone, when",
    [
        ("2027-10-31 23:30:00.000000 CET", "Europe/Berlin", "2027-10-31T22:30:00"),
        ("2027-10-31 02:30:00.000000 CEST", "Europe/Berlin", "2027-10-31T00:30:00"),
        ("2027-10-31 02:30:00.000000 CET", "Europe/Berlin", "2027-10-31T01:30:00"),
        ("2027-07-01 12:00:00.000000 BST", "Europe/London", "2027-07-01T11:00:00"),
        ("2027-07-01 12:00:00.000000 GMT", None, "2027-07-01T12:00:00"),
        ("2027-07-01 12:00:00.000000 CET", "Europe/Berlin", None),
        ("2027-10-31 23:30:00.000000 CET", "America/New_York", None),
        ("2027-10-31 23:30:00.000000 CET", None, None),
    ],
)
def test_a_time_with_the_name_of_its_zone_is_read_in_the_zone_of_the_course(
    tmp_path, written, zone, when
):
    """nbgrader writes such names where its own `timezone` is set."""
    policy = replace(POLICY, zone=ZoneInfo(zone) if zone else None)
    course = {"gradebook.db": b"", **submitted("anna", written)}
    (one,) = gather([folder(tmp_path / "course", course)], policy)
    if when:
        assert one.submitted_at == datetime.fromisoformat(f"{when}+00:00") and not one.flags
    else:
        assert one.submitted_at is None and f"the time '{written}' cannot be read" in one.flags[0]
        assert ("set timezone" in one.flags[0]) == (zone is None)


def test_several_assignments_of_which_none_is_ours_are_told(tmp_path):
    entries = {
        "gradebook.db": b"",
        **submitted("anna", name="ps1"),
        **submitted("bert", name="ps2"),
    }
    (course,) = gather([folder(tmp_path / "course", entries)], POLICY)
    assert "has several assignments (ps1, ps2), and none is diffusion-models" in problem(course)


def test_a_course_with_another_name_for_it_is_taken(tmp_path):
    entries = {"gradebook.db": b"", **submitted("anna", name="hw4")}
    (one,) = gather([folder(tmp_path / "course", entries)], POLICY)
    assert one.name == "anna" and is_solved(one.read())
