"""Each kind of leak, planted in each kind of wrapping, is found where it lies."""

import base64
import gzip
import io
import json
import os
import re
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin
from safetensors.torch import save

from autograder.authoring.leakcheck import Search, members
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import solved
from autograder.tests.support.submissions import make_folder

ROOT = REPOSITORY.root
LINE = "return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps"
SOLUTION = r"gives away solution/diffusion/ddpm\.py:\d+"


@pytest.fixture
def plant(tmp_path, search):
    """Write files into a folder and search it: a list of "place:line: problem"."""

    def plant(*files: tuple[str, bytes | str]) -> list[str]:
        make_folder(tmp_path, dict(files))
        return [str(finding) for finding in search.findings(tmp_path)]

    return plant


def notebook(cell: dict | None = None, **metadata) -> bytes:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x = 1"]} | (cell or {})
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4}).encode()


def zipped(name: str, content: bytes | str, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.comment = comment
    return buffer.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def picture(said: str) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("made by", said, zip=True)
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "png", pnginfo=text)
    return buffer.getvalue()


def packed(content: str) -> str:
    return base64.b64encode(zlib.compress(content.encode())).decode()


def output(**data: str) -> dict:
    return {"outputs": [{"output_type": "display_data", "metadata": {}, "data": data}]}


PADDED = f"{LINE}\n{'a comment of some length that makes it long enough for base64 '}\n"
WRAPPED = {
    "a page": ("student/README.md", f"First\n{LINE}\n", r"student/README\.md:2"),
    "a hidden folder": ("student/.notes/x.txt", LINE, r"student/\.notes/x\.txt:1"),
    "a file without suffix": ("student/LICENSE", LINE, r"student/LICENSE:1"),
    "UTF-16": ("student/x.txt", LINE.encode("utf-16"), r"student/x\.txt:1"),
    "a zip": ("student.zip", zipped("a/b.py", LINE), r"student\.zip!a/b\.py:1"),
    "a zip in a zip": (
        "student.zip",
        zipped("b.zip", zipped("c.py", LINE)),
        r"student\.zip!b\.zip!c\.py:1",
    ),
    "the comment of a zip": (
        "student.zip",
        zipped("a", "", LINE.encode()),
        r"student\.zip!\(comment\):1",
    ),
    "gzip": ("student/a.gz", gzip.compress(LINE.encode()), r"student/a\.gz!:1"),
    "a tar": ("student/a.tgz", tarred("x.py", LINE.encode()), r"student/a\.tgz!!x\.py:1"),
    "a cell": (
        "notebooks/diffusion.ipynb",
        notebook({"source": ["x = 1\n", f"{LINE}\n"]}),
        r"notebooks/diffusion\.ipynb!cells\[0\]\.source:2",
    ),
    "an output": (
        "nbgrader/release/p/a.ipynb",
        notebook({"outputs": [{"output_type": "stream", "text": [LINE]}]}),
        r"nbgrader/release/p/a\.ipynb!cells\[0\]\.outputs\[0\]\.text:1",
    ),
    "a traceback": (
        "student/a.ipynb",
        notebook({"outputs": [{"output_type": "error", "traceback": ["Error\n", LINE]}]}),
        r"student/a\.ipynb!cells\[0\]\.outputs\[0\]\.traceback:2",
    ),
    "a page in an output": (
        "student/a.ipynb",
        notebook(output(**{"text/html": f"<pre>{LINE.replace('+', '&#43;')}</pre>"})),
        r"student/a\.ipynb!cells\[0\]\.outputs\[0\]\.data\.text/html:1",
    ),
    "a picture in an output": (
        "student/a.ipynb",
        notebook(output(**{"image/png": base64.b64encode(picture(PADDED)).decode()})),
        r"student/a\.ipynb!cells\[0\]\.outputs\[0\]\.data\.image/png:1 \(base64\)!made by:1",
    ),
    "an attachment": (
        "student/a.ipynb",
        notebook(
            {
                "attachments": {
                    "a.txt": {"text/plain": base64.b64encode(PADDED.encode() * 2).decode()}
                }
            }
        ),
        r"student/a\.ipynb!cells\[0\]\.attachments\.a\.txt\.text/plain:1 \(base64\):1",
    ),
    "metadata of a cell": (
        "student/a.ipynb",
        notebook({"metadata": {"solution": {"code": LINE}}}),
        r"student/a\.ipynb!cells\[0\]\.metadata\.solution\.code:1",
    ),
    "metadata of a notebook": (
        "student/a.ipynb",
        notebook(author={"remark": LINE}),
        r"student/a\.ipynb!metadata\.author\.remark:1",
    ),
    "a picture": ("student/figures/a.png", picture(LINE), r"student/figures/a\.png!made by:1"),
    "compressed base64": (
        "student/tests/x.py",
        f"\nBLOB = '{packed(PADDED + os.urandom(60).hex())}'\n",
        r"student/tests/x\.py:2 \(base64\):1",
    ),
    "what nobody has named": ("something.txt", LINE, r"something\.txt:1"),
}


@pytest.mark.parametrize(("name", "content", "place"), WRAPPED.values(), ids=WRAPPED)
def test_a_line_of_the_solution_is_found_in(plant, name, content, place):
    found = plant((name, content))
    assert any(re.fullmatch(f"{place}: {SOLUTION}", line) for line in found), found


def test_two_short_lines_of_the_solution_are_found(plant):
    found = plant(("student/x.py", "losses.append(loss.item())\nscheduler.step()\n"))
    assert re.match(r"student/x\.py:1: gives away solution/diffusion/training\.py:\d+", found[0])


def test_the_solution_under_the_names_of_a_course_is_found(tmp_path):
    course = load_course(profile="berkeley_cs180")
    assert course.names
    (tmp_path / "student").mkdir()
    for name, text in solved(ROOT, course).items():
        if name.endswith("unet.py"):
            (tmp_path / "student" / "unet.py").write_text(text)
    found = [str(finding) for finding in Search(ROOT, course).findings(tmp_path)]
    assert len([line for line in found if "gives away" in line]) > 10


# ----------------------------------------------------------------- hidden checks, mutants, marking

HIDDEN = (REPOSITORY.hidden / "test_hidden_sample.py").read_text()
MUTANTS = (REPOSITORY.wrong / "samplers.yaml").read_text()


def test_a_hidden_check_is_found_in_the_bundle_and_may_go_to_the_platform(plant):
    files = [(f"{folder}/test_x.py", HIDDEN) for folder in ("student/tests", "nbgrader/release")]
    found = plant(*files, ("gradescope/autograder.zip", zipped("hidden/test_x.py", HIDDEN)))
    assert {line.split("/")[0] for line in found} == {"student", "nbgrader"}
    assert any("gives away autograder/hidden/test_hidden_sample.py:" in line for line in found)
    assert any("names the hidden check test_" in line for line in found)


def test_the_name_of_a_hidden_check_is_found(plant, search):
    name = re.search(r"def (test_\w+)", HIDDEN)[1]
    (found,) = plant(("student/HANDOUT.md", f"We also run {name}.\n"))
    assert found.startswith(f"student/HANDOUT.md:1: names the hidden check {name} (autograder/")


@pytest.mark.parametrize("place", ["student/tests/x.yaml", "nbgrader/x.yaml"])
def test_mutants_are_found_for_everybody(plant, place):
    found = plant((place, MUTANTS), ("gradescope/a.zip", zipped("wrong.yaml", MUTANTS)))
    told = {
        line.split(":")[0]
        for line in found
        if "gives away autograder/validation/known_bugs/" in line
    }
    assert told == {place, "gradescope/a.zip!wrong.yaml"}


def test_a_marking_scheme_is_found_where_students_read(plant, course):
    task = next(task for task in course.tasks if task.marking)
    line = max(task.marking.splitlines(), key=len)
    found = plant(("student/README.md", line), ("nbgrader/x.md", line))
    assert found == [f"student/README.md:1: gives away the marking scheme of {task.id}"]


def test_the_solution_may_go_to_staff_and_not_to_the_platform(plant):
    found = plant(
        ("nbgrader/source/x/diffusion.ipynb", notebook({"source": [LINE]})),
        ("nbgrader/source/x/diffusion/ddpm.py", LINE),  # nbgrader copies it as it is
        ("notebooks/diffusion-solution.ipynb", notebook({"source": [LINE]})),
        ("gradescope/autograder.zip", zipped("a.py", LINE)),
    )
    assert len(found) == 2
    assert re.fullmatch(rf"gradescope/autograder\.zip!a\.py:1: {SOLUTION}", found[0])
    assert re.fullmatch(rf"nbgrader/source/x/diffusion/ddpm\.py:1: {SOLUTION}", found[1])


# ------------------------------------------------------------------------------- trained weights


def torch_file() -> bytes:
    buffer = io.BytesIO()
    torch.save({"conv.weight": torch.zeros(3, 3)}, buffer)
    return buffer.getvalue()


def numpy_file() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, weights=np.zeros(3))
    return buffer.getvalue()


WEIGHTS = save({"last.weight": torch.zeros(3, 3)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("student/runs/time/weights.safetensors", WEIGHTS),
        ("student/figures/harmless.png", WEIGHTS),
        ("student/checkpoint.pt", torch_file()),
        ("student/notes.txt", torch_file()),
        ("student/tests/data/more.npz", numpy_file()),
        ("student.zip", zipped("a/weights.bin", WEIGHTS)),
        ("student/tests/data/classifier.safetensors", WEIGHTS),
        ("gradescope/autograder.zip", zipped("tests/data/classifier.safetensors", WEIGHTS)),
        ("nbgrader/source/x/net.safetensors", WEIGHTS),
    ],
)
def test_weights_are_found_by_what_they_are_not_by_what_they_are_called(plant, name, content):
    found = plant((name, content))
    assert found and all(re.search("arrays", line) for line in found)
    assert found[0].startswith(name)


def test_the_classifier_and_the_digits_are_known_by_their_bytes(plant):
    for name in ("classifier.safetensors", "mnist_subset.npz"):
        assert plant((f"student/{name}", (REPOSITORY.checks / "data" / name).read_bytes())) == []


# --------------------------------------------------------------------------------- absolute paths


@pytest.mark.parametrize(
    "place",
    [
        "/home/ada/course/x.py",
        "/Users/ada/Desktop/x.py",
        "/root/course",
        r"C:\Users\ada\x.py",
        str(REPOSITORY.checks / "x.py"),
    ],
)
@pytest.mark.parametrize("folder", ["student", "gradescope", "nbgrader/source"])
def test_places_on_a_disk_are_found(plant, folder, place):
    (found,) = plant((f"{folder}/a.py", f"x = 1\nopen('{place}')\n"))
    assert found.startswith(f"{folder}/a.py:2: names a place on")


def test_a_place_in_the_output_of_a_cell_is_found(plant):
    text = {"outputs": [{"output_type": "stream", "text": ["File /home/ada/a.py, line 3"]}]}
    (found,) = plant(("student/a.ipynb", notebook(text)))
    assert found.startswith("student/a.ipynb!cells[0].outputs[0].text:1: names a place")


@pytest.mark.parametrize("text", ["/content/drive/MyDrive/runs", "~/mnist", "a/home/b/c", "/tmp/x"])
def test_places_that_everybody_has_are_no_leak(plant, text):
    assert plant(("student/HANDOUT.md", f"`{text}`\n")) == []


# ----------------------------------------------------------------------------------------- points


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("| Part 2 | The sampler (`sample`) | `diffusion/ddpm.py` | 9 |", "9 points"),
        ("*Task `sample`, 9 points, file `ddpm.py`.*", "9 points"),
        ("Part 1 is worth 18 points.", "18 points"),
        ("| **Figures and analysis** | | | **21** |", "21 points"),
        ('    """The sampler (task sample, 2.5 pts)."""', "2.5 points"),
        ("**Denoiser figures** (5 points)", "5 points"),
    ],
)
def test_points_that_contradict_grading_yaml_are_found(plant, line, said):
    (found,) = plant(("student/HANDOUT.md", f"# A\n{line}\n"))
    assert found.startswith(f"student/HANDOUT.md:2: says {said}; grading.yaml says ")


@pytest.mark.parametrize(
    "line",
    [
        "| Part 2 | The sampler (`sample`) | `diffusion/ddpm.py` | 8 |",
        "Task `sample` has 8 points, `schedule` 5 points.",
        "Part 1 is worth 17 points.",
        "Points in the plane: 3 points make a triangle.",
        "| `sample` | 12 of 12 | checks |",
    ],
)
def test_points_that_agree_or_are_none_are_no_leak(plant, line):
    assert plant(("student/HANDOUT.md", line)) == []


def graded(name: str, points: float) -> bytes:
    return notebook({"metadata": {"nbgrader": {"grade": True, "grade_id": name, "points": points}}})


def test_cells_with_other_points_and_tasks_without_a_cell_are_found(plant):
    found = plant(("nbgrader/source/x/a.ipynb", graded("check-sample", 9)))
    assert "a.ipynb:1: cells[0] gives 9 points for sample; grading.yaml says 8" in found[0]
    assert "has no cell for blocks, unet," in found[1]
    found = plant(("student/b.ipynb", graded("manual-essay", 5)))
    assert any("graded for essay, which is no task of the course" in line for line in found)


def test_other_headings_than_those_of_the_course_are_found(plant, course):
    told = "student/checkkit/report/parts.json", '{"title": "x", "names": {}, "parts": []}'
    assert "other parts or tasks than the course" in plant(told)[0]


# ------------------------------------------------------------------- markers, git, code, and closed


@pytest.mark.parametrize(
    "marker",
    ["### BEGIN SOLUTION", "### END HIDDEN TESTS", "# begin mark scheme", "#BEGIN_SOLUTION"],
)
def test_markers_that_were_not_stripped_are_found(plant, marker):
    found = plant(
        ("nbgrader/release/x/a.ipynb", notebook({"source": ["x = 1\n", marker]})),
        ("nbgrader/source/x/a.ipynb", notebook({"source": [marker]})),
    )
    assert len(found) == 1
    assert found[0].startswith("nbgrader/release/x/a.ipynb!cells[0].source:2: holds the marker")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("student/.gitattributes", "solution/** export-ignore", "changes what git archives"),
        ("student/.gitattributes", "README.md export-subst", "changes what git archives"),
        ("student/.gitattributes", "*.ipynb filter=clean", "changes what git archives"),
        ("student/.gitattributes", "/autograder/hidden/* text", "for staff"),
        ("student/.git/packed-refs", "0" * 40, "the history of a repository"),
        ("student/solution/ddpm.py", "x = 1", "a folder solution, which is for staff"),
        ("student.zip", zipped("x/autograder/hidden/a.py", ""), "which is for staff"),
        ("student/tests/__pycache__/x.cpython-311.pyc", b"\0\1", "compiled code"),
        ("student/big.txt", "x" * 3_000_001, "larger than 3,000,000 bytes"),
    ],
)
def test_what_students_have_no_business_with_is_found(plant, name, content, said):
    found = plant((name, content))
    assert any(line.startswith(name) and said in line for line in found), found


def test_what_nobody_can_look_into_is_found(plant, tmp_path):
    deep = LINE.encode()
    for _ in range(members.DEEPEST + 2):
        deep = zipped("a.zip", deep)
    locked = bytearray(zipped("a.py", LINE))
    for at in (locked.index(b"PK\x03\x04") + 6, locked.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    (tmp_path / "student").mkdir()
    (tmp_path / "student" / "link").symlink_to(REPOSITORY.solution)
    found = plant(
        ("student/deep.zip", deep),
        ("student/locked.zip", bytes(locked)),
        ("student/torn.zip", zipped("a.py", LINE * 50)[:60]),
    )
    for place, why in (
        ("student/deep.zip!a.zip", "nested too deep"),
        ("student/locked.zip!a.py", "encrypted"),
        ("student/torn.zip", "cannot be unpacked"),
        ("student/link", "a link"),
    ):
        assert any(line.startswith(place) and why in line for line in found), (place, found)


def test_a_zip_that_never_ends_is_not_unpacked(plant, monkeypatch):
    monkeypatch.setattr(members, "MOST_BYTES", 100_000)
    (found,) = plant(("student/z.zip", zipped("zeros", bytes(1_000_000))))
    assert found.startswith("student/z.zip:1: cannot be unpacked: too large to look into")
