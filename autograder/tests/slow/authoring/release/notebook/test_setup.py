"""The first cell: on a laptop, and on a stand-in for Colab with a folder as the Drive."""

import re
import zipfile

import pytest

from autograder.authoring.release.zips import zip_bytes
from autograder.tests.support.kernels import cells_of, made_of

COLAB = {
    "google/__init__.py": "",
    "google/colab/__init__.py": "",
    "google/colab/drive.py": (
        "from pathlib import Path\n"
        "def mount(path):\n"
        "    Path(path, 'MyDrive').mkdir(parents=True, exist_ok=True)\n"
    ),
    "google/colab/files.py": (
        "import os\n"
        "from pathlib import Path\n"
        "def upload():\n"
        "    chosen = os.environ.get('CHOSEN')\n"
        "    return {Path(chosen).name: Path(chosen).read_bytes()} if chosen else {}\n"
    ),
}
KEPT = "drive/MyDrive/diffusion"


@pytest.fixture
def setup(students_notebook):
    """The first cell."""
    return cells_of(students_notebook, ["given-setup"])[0]


def repeated(setup, *steps):
    """The first cell once after each step, a piece of code."""
    cells = []
    for name, code in steps:
        again = setup.copy()
        again["id"] = name
        cells += [(f"step-{name}", code), again]
    return made_of(*cells)


@pytest.fixture
def colab(tmp_path, monkeypatch):
    """A folder that looks like a fresh Colab from inside, with no way out to the network."""
    for name, text in COLAB.items():
        path = tmp_path / "packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "content").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    monkeypatch.setenv("COLAB_DRIVE", str(tmp_path / "drive"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path


def zipped(path, files, top="diffusion-from-scratch/"):
    path.parent.mkdir(parents=True, exist_ok=True)
    small = {f"{top}{n}": c for n, c in files.items() if not n.endswith((".npz", ".safetensors"))}
    path.write_bytes(zip_bytes(small))
    return path


def test_here_it_finds_the_folder_around_it_or_says_what_to_do(run, bundle, setup, tmp_path):
    deep, outside = bundle / "notes" / "deep", tmp_path / "outside"
    deep.mkdir(parents=True)
    outside.mkdir()
    steps = [
        ("here", f"import os; os.chdir({str(bundle)!r})"),
        ("deep", f"os.chdir({str(deep)!r})"),
        ("outside", f"os.chdir({str(outside)!r})"),
    ]
    ran = run(repeated(setup, *steps), tmp_path)
    for name in ("here", "deep"):
        assert ran.error(name) is None
        assert f"The assignment is in {bundle}" in ran.printed(name)
        assert f"runs are saved in {bundle / 'runs'}" in ran.printed(name)
        assert not ran.printed(name, "stderr")
    assert "FileNotFoundError" in ran.error("outside")
    assert "Unpack student.zip" in ran.error("outside")


def test_on_colab_it_unpacks_what_lies_on_the_drive(run, colab, files, setup):
    wheel(colab / "wheels")
    needs = b'dependencies = ["smallpackage>=1", "torch>=99", "numpy>=2"]'
    project = re.sub(
        rb"dependencies = \[.*?\]", needs, files["pyproject.toml"], count=1, flags=re.S
    )
    zipped(colab / KEPT / "student.zip", {**files, "pyproject.toml": project})
    steps = [
        ("first", f"import os; os.environ['PIP_FIND_LINKS'] = {str(colab / 'wheels')!r}\n"
                  f"os.environ['PIP_TARGET'] = {str(colab / 'installed')!r}"),
        ("lacking", f"os.environ['PIP_FIND_LINKS'] = {str(colab / 'nowhere')!r}"),
    ]  # fmt: skip
    notebook = repeated(setup, *steps)
    found = ("found", "import checkkit.course, diffusion; (checkkit.__file__, diffusion.__file__)")
    notebook.cells.insert(2, made_of(found).cells[0])
    ran = run(notebook, colab / "content")

    assert ran.error("first") is None
    assert "Installing smallpackage>=1\n" in ran.printed("first")
    assert "The assignment asks for torch>=99; the version here is not changed." in ran.printed(
        "first"
    )
    assert f"runs are saved in {colab / KEPT / 'runs'}" in ran.printed("first")
    assert str(colab / "content" / "assignment") in ran.value("found")
    assert len([o for o in ran.outputs("first") if "image/png" in o.get("data", {})]) >= 8
    installed = {path.name for path in (colab / "installed").iterdir()}
    assert "smallpackage" in installed
    assert not {"torch", "torchvision", "numpy"} & installed
    pins = (colab / "content" / "pins.txt").read_text()
    assert "torch==" in pins
    assert "numpy==" in pins
    assert "pip could not install smallpackage>=1" in ran.error("lacking")


def test_on_colab_without_the_zip_it_asks_for_it(run, colab, files, setup):
    good = zipped(colab / "downloads" / "student (1).zip", files)
    foreign = zipped(colab / "downloads" / "holiday.zip", {"beach.txt": b"sun"})
    (colab / "downloads" / "notes.pdf").write_text("no zip")
    steps = [
        ("nothing", "import os"),
        ("no-zip", f"os.environ['CHOSEN'] = {str(colab / 'downloads' / 'notes.pdf')!r}"),
        ("foreign", f"os.environ['CHOSEN'] = {str(foreign)!r}"),
        ("good", f"os.environ['CHOSEN'] = {str(good)!r}"),
        ("next-time", "os.environ.pop('CHOSEN')"),
    ]
    ran = run(repeated(setup, *steps), colab / "content")
    assert f"Put student.zip on your Drive as {colab / KEPT / 'student.zip'}" in ran.error(
        "nothing"
    )
    assert "is not a zip" in ran.error("no-zip")
    assert "has no checkkit/ and diffusion/" in ran.error("foreign")
    for name in ("good", "next-time"):
        assert ran.error(name) is None
        assert "The assignment is in" in ran.printed(name)
    assert "Choose student.zip" not in ran.printed("next-time")


def wheel(folder):
    """A package that pip can install without a network."""
    folder.mkdir()
    info = "smallpackage-1.0.dist-info"
    files = {
        "smallpackage/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: smallpackage\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / "smallpackage-1.0-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
