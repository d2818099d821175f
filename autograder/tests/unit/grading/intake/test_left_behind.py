"""Work that lies in a zip beside other files."""

import json

import pytest

from autograder.course.starter import committed_starter
from autograder.grading.intake import gather, read_submission
from autograder.tests.support.submissions import contents, make_folder, make_zip, zipped

SOLUTION = contents()
DDPM, UNET = (SOLUTION[f"diffusion/{name}.py"] for name in ("ddpm", "unet"))
STARTER = committed_starter()
CELL = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [CELL | {"source": DDPM.decode()}],
    }
).encode()


def test_files_of_canvas_beside_a_zip_get_what_they_lack(tmp_path):
    rest = {f"hw/{path}": text for path, text in SOLUTION.items() if "ddpm" not in path}
    path = make_zip(
        tmp_path / "submissions.zip",
        {
            "abe_LATE_201_1_submission.zip": zipped(rest),
            "abe_LATE_201_2_ddpm.py": DDPM,
            "bea_202_3_ddpm.py": DDPM,
        },
    )
    found = {one.name: one for one in gather([path])}
    taken = found["abe_201"].read()
    assert {"diffusion/ddpm.py", "diffusion/unet.py"} <= taken.files.keys()
    assert taken.ignored == []
    (doubt,) = taken.doubts
    assert doubt.startswith("submission.zip lies beside other files; of it, diffusion/blocks.py, ")
    assert found["bea_202"].read().doubts == []


@pytest.mark.parametrize("where", ["", "diffusion/"], ids=["flat", "in the package"])
def test_a_zip_that_contradicts_the_files_beside_is_named_with_what_it_holds(tmp_path, where):
    rest = zipped({"diffusion/ddpm.py": DDPM + b"# old\n", "diffusion/unet.py": UNET})
    eve = make_folder(tmp_path / "eve", {f"{where}ddpm.py": DDPM, f"{where}rest.zip": rest})
    taken = read_submission(eve)
    assert taken.files == {"diffusion/ddpm.py": DDPM}
    words = "rest.zip was not taken, and holds diffusion/ddpm.py, diffusion/unet.py: hand in only"
    assert taken.doubts == taken.remarks == [f"{words} one"]


def test_of_two_zips_beside_none_is_chosen(tmp_path):
    one, two = zipped({"unet.py": UNET}), zipped({"unet.py": UNET + b"\n"})
    entries = {"ddpm.py": DDPM, "one.zip": one, "two.zip": two}
    taken = read_submission(make_folder(tmp_path / "eve", entries))
    assert taken.files == {"diffusion/ddpm.py": DDPM}
    assert [words.split()[0] for words in taken.doubts] == ["one.zip", "two.zip"]


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.png": b"x"}),
        zipped({"diffusion/ddpm.py": DDPM}),
        zipped({"student/diffusion/unet.py": STARTER["diffusion/unet.py"]}),
    ],
    ids=["pictures", "the same", "the starter"],
)
def test_a_zip_without_work_of_its_own_is_no_flag(tmp_path, content):
    eve = make_folder(tmp_path / "eve", {"ddpm.py": DDPM, "more.zip": content})
    taken = read_submission(eve)
    assert taken.files == {"diffusion/ddpm.py": DDPM} and not taken.doubts


def test_zips_that_cannot_be_read_and_too_many_are_told(tmp_path):
    eve = make_folder(tmp_path / "eve", {"ddpm.py": DDPM, "rest.zip": b"PK"})
    (doubt,) = read_submission(eve).doubts
    assert doubt.startswith("rest.zip, beside other files, was not read: is neither")
    make_folder(eve, {f"{i}.zip": b"PK" for i in range(9)})
    assert read_submission(eve).doubts == ["10 zips beside other files were not read: hand in none"]


def test_a_notebook_and_a_zip_beside_each_other_are_told(tmp_path):
    entries = {"diffusion.ipynb": NOTEBOOK, "rest.zip": zipped({"unet.py": UNET})}
    taken = read_submission(make_folder(tmp_path / "eve", entries))
    assert taken.of_cells
    words = "was not taken, and holds {}: hand in only one"
    assert taken.doubts == [f"rest.zip {words.format('diffusion/unet.py')}"]
    entries = {"ddpm.py": DDPM, "rest.zip": zipped({"hw/diffusion.ipynb": NOTEBOOK})}
    taken = read_submission(make_folder(tmp_path / "fay", entries))
    assert taken.doubts == [f"rest.zip {words.format('diffusion.ipynb')}"]


def test_only_so_many_notebooks_in_zips_are_read(tmp_path):
    untouched = json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [CELL | {"source": "def ddpm_schedule():\n    raise NotImplementedError(1)"}],
        }
    ).encode()
    notebooks = {f"diffusion ({i}).ipynb": untouched for i in range(5)}
    zips = {f"{name}.zip": zipped(notebooks) for name in ("one", "two", "three")}
    doubts = read_submission(make_folder(tmp_path / "eve", {"ddpm.py": DDPM, **zips})).doubts
    limit = "beside other files, was not read: more than 8 notebooks lie in zips"
    assert [words.partition(", ")[2] for words in doubts] == [limit, limit]
    few = make_folder(tmp_path / "fay", {"ddpm.py": DDPM, "one.zip": zips["one.zip"]})
    assert read_submission(few).doubts == []
