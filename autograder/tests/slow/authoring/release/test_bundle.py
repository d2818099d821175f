"""The student bundle on a bare machine: unpacked, set up, checked, filled in, handed in, graded.

The machine has this environment's packages instead of five downloaded gigabytes: its .venv finds
them by a .pth file, and pip, which has no network, finds every pinned version already there.
"""

import configparser
import importlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
import yaml

from autograder.authoring import run_release
from autograder.authoring.release import notebook
from autograder.authoring.release.student import FOLDER
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake import read_submission
from autograder.grading.intake import submission as intake
from autograder.grading.intake.policy import policy_of
from autograder.tests.support.notebooks import take
from autograder.tests.support.rearranged import RIGHT, rearranged

ROOT = REPOSITORY.root


@pytest.fixture(scope="session")
def student_zip(release_build, tmp_path_factory) -> Path:
    """What students unpack, and nothing else of a release."""
    output = tmp_path_factory.mktemp("student") / "build"
    assert run_release.run(output, only=("student",), execute=False) == 0
    return output / "student.zip"


@pytest.fixture
def unpacked(student_zip, tmp_path):
    shutil.unpack_archive(student_zip, tmp_path)
    return tmp_path / FOLDER


def program(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent)}
    bare |= {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**bare, "OMP_NUM_THREADS": "1", **more},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def with_environment(folder: Path) -> Path:
    """The .venv of an interrupted set-up: made, and nothing installed by pip yet."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    python = folder / ".venv" / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
    Path(own.strip(), "here.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def test_one_command_sets_up_and_checks_and_every_stub_says_where_it_is(unpacked):
    with_environment(unpacked)
    ran = program(unpacked, "run_checks.py")
    assert "Installing requirements.txt into .venv" in ran.stdout
    assert ran.returncode == 1, ran.stdout[-2000:] + ran.stderr
    assert ran.stdout.count("○") > 100 and not re.search("passed|failed", ran.stdout)
    (example,) = re.findall(r"^Next: .*", (unpacked / "README.md").read_text(), re.MULTILINE)
    assert example in ran.stdout.splitlines()
    picture = unpacked / "first-picture.png"
    assert f"Your first picture: {picture}" in ran.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(ran.stdout.splitlines()) <= 40  # with those of the set-up

    shutil.copytree(REPOSITORY.solution_package, unpacked / "diffusion", dirs_exist_ok=True)
    again = program(unpacked, "run_checks.py", "--report")
    assert again.returncode == 0, again.stdout[-2000:]
    assert "Installing" not in again.stdout and "passed" in again.stdout
    assert (unpacked / "report.html").is_file()


def test_a_set_up_that_fails_says_so_and_goes_on_the_next_time(unpacked):
    with_environment(unpacked)
    pins = (unpacked / "requirements.txt").read_text()
    (unpacked / "requirements.txt").write_text(f"{pins}no-such-package==1.0\n")
    ran = program(unpacked, "run_checks.py", "--setup")
    assert ran.returncode == 2
    assert "run the same command again" in ran.stderr
    (unpacked / "requirements.txt").write_text(pins)
    ran = program(unpacked, "run_checks.py", "--setup", "--cpu")
    assert ran.returncode == 0, ran.stderr
    assert "uv could not install it" in ran.stdout
    assert "pip installs the ordinary torch, about 3 GB to download" in ran.stdout
    assert program(unpacked, "run_checks.py", "--setup").stdout.startswith("Ready: ")


def test_on_colab_nothing_is_installed_that_is_there(unpacked):
    ran = program(unpacked, "run_checks.py", "--setup", COLAB_RELEASE_TAG="release")
    assert ran.returncode == 0, ran.stderr  # without a network
    assert "Installing" not in ran.stdout and f"Ready: {sys.executable}\n" in ran.stdout
    assert not (unpacked / ".venv").exists()
    again = program(unpacked, "run_checks.py", "--setup", "--here")
    assert again.stdout == f"Ready: {sys.executable}\n"


def test_a_full_disk_is_told_before_anything_is_installed(unpacked):
    text = (unpacked / "run_checks.py").read_text()
    (unpacked / "run_checks.py").write_text(text.replace("= 2, 7", "= 10**9, 10**9"))
    ran = program(with_environment(unpacked), "run_checks.py")
    assert ran.returncode == 2 and "Free some space" in ran.stderr
    assert "Traceback" not in ran.stderr and not (unpacked / ".venv" / "installed").exists()


def test_no_network_is_told(unpacked):
    pins = (unpacked / "requirements.txt").read_text()
    (unpacked / "requirements.txt").write_text(f"{pins}no-such-package==1.0\n")
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0"}
    nowhere["PIP_CONFIG_FILE"] = "/dev/null"
    ran = program(with_environment(unpacked), "run_checks.py", **nowhere)
    assert ran.returncode == 2 and "no network" in ran.stderr, ran.stderr


def test_an_old_python_is_refused_in_words(unpacked):
    for name in ("run_checks.py", "submit.py"):
        text = (unpacked / name).read_text()
        (unpacked / name).write_text(
            text.replace("OLDEST_PYTHON = (3, 11)", "OLDEST_PYTHON = (4,)")
        )
        ran = program(unpacked, name)
        assert ran.returncode == 2 and "or newer is needed" in ran.stderr


# ----------------------------------------------------------------------------------------- submit


def test_what_it_writes_is_graded_by_the_real_command(unpacked, tmp_path):
    for name in ("denoiser.py", "ddpm.py"):
        shutil.copy(REPOSITORY.solution_package / name, unpacked / "diffusion" / name)
    (unpacked / "diffusion" / "notes.txt").write_text("mine")
    (unpacked / "diffusion" / "my code.py").write_text("x = 1")
    (unpacked / "diffusion" / "secret.py").symlink_to("/etc/passwd")
    (unpacked / "diffusion" / "folder").symlink_to("/etc")
    (unpacked / "runs").mkdir()
    made = program(unpacked, "submit.py")
    assert made.returncode == 0, made.stdout + made.stderr
    for said in (
        "diffusion/notes.txt: only Python files are taken",
        "diffusion/my code.py: a file with this name cannot be imported",
        "diffusion/secret.py: a link",
        "diffusion/folder: a link",
        "Part 3 (task cfg_sample): ddpm_cfg_sample in diffusion/cfg.py",
        "Part 1 (task blocks): 18 stubs, the first is Conv.__init__ in diffusion/blocks.py",
        "The code in diffusion is graded, because you have changed it",
    ):
        assert said in made.stdout
    assert "(task schedule)" not in made.stdout
    assert 'no answer to "DDPM figures" (6 points)' in made.stdout

    first = (unpacked / "submission.zip").read_bytes()
    taken = read_submission(unpacked / "submission.zip")
    with zipfile.ZipFile(unpacked / "submission.zip") as archive:
        python = {n: archive.read(n) for n in archive.namelist() if n.endswith(".py")}
    assert taken.files == python and "diffusion/secret.py" not in python
    assert program(unpacked, "submit.py").returncode == 0
    assert (unpacked / "submission.zip").read_bytes() == first

    options = ["--only", "schedule", "--only", "denoiser", "--only", "cfg_sample"]
    graded = subprocess.run(
        [
            *(sys.executable, "-m", "autograder", "grade", unpacked / "submission.zip"),
            *("--output", tmp_path / "results", *options),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert graded.returncode == 0, graded.stdout + graded.stderr
    (found,) = (tmp_path / "results").glob("*/results.json")
    scores = Counter()
    for test in json.loads(found.read_text())["tests"]:
        scores[test.get("extra_data", {}).get("task")] += test.get("score", 0)
    assert scores["schedule"] == pytest.approx(5, abs=0.01)
    assert scores["denoiser"] == pytest.approx(4, abs=0.01)
    assert scores["cfg_sample"] == 0


def test_the_notebook_counts_where_the_files_are_as_they_were_given(unpacked, course):
    (unpacked / "diffusion.ipynb").write_bytes(notebook.instructors(course))
    made = program(unpacked, "submit.py")
    assert made.returncode == 0, made.stdout + made.stderr
    assert (
        "The code in diffusion.ipynb is graded, because you have not changed diffusion/"
        in made.stdout
    )
    assert "Not attempted" not in made.stdout
    taken = read_submission(unpacked / "submission.zip")
    assert any("diffusion.ipynb was graded" in remark for remark in taken.remarks)
    assert taken.of_cells and b"alpha_bar.sqrt() * x_0" in taken.files["diffusion.ipynb"]


def test_the_files_count_where_the_notebook_is_as_it_was_given(unpacked):
    """Also in a course that counts notebooks."""
    rules = unpacked / "inspection.py"
    text = rules.read_text()
    rules.write_text(re.sub(r"^COUNTS = .*$", 'COUNTS = "notebook"', text, flags=re.M))
    assert rules.read_text() != text
    shutil.copy(REPOSITORY.solution_package / "ddpm.py", unpacked / "diffusion" / "ddpm.py")
    made = program(unpacked, "submit.py")
    assert made.returncode == 0, made.stdout + made.stderr
    said = "The code in diffusion is graded, because you have written none in the notebook"
    assert said in made.stdout
    assert "(task schedule)" not in made.stdout and "(task cfg_sample)" in made.stdout
    policy = replace(policy_of(load_course()), hands_in="notebook")
    taken = read_submission(unpacked / "submission.zip", policy)
    assert not taken.of_cells and "diffusion/ddpm.py" in taken.files


def test_a_cell_that_python_cannot_read_and_a_renamed_notebook_are_told(unpacked, course):
    solved = json.loads(notebook.instructors(course))
    (cell,) = [c for c in solved["cells"] if c["id"] == "ddpm-sample"]
    text = "".join(cell["source"])
    cell["source"] = f"{text}\nfor t in"
    (unpacked / "diffusion.ipynb").write_text(json.dumps(solved))
    (unpacked / "diffusion (1).ipynb").write_text(json.dumps(solved))
    made = program(unpacked, "submit.py")
    assert made.returncode == 1 and not (unpacked / "submission.zip").exists()
    last = text.count("\n") + 2
    assert (
        f"diffusion.ipynb: cell ddpm-sample cannot be read by Python: line {last}: invalid syntax;"
        " ddpm_sample counts as wrong\n"
    ) in made.stdout
    assert made.stdout.count("cannot be read") == 1
    assert "diffusion (1).ipynb: if this is your notebook, rename it" in made.stdout


def test_what_is_said_of_notebooks_is_what_grading_does(unpacked, course):
    solved = json.loads(notebook.instructors(course))
    by_id = {c["id"]: c for c in solved["cells"]}
    for mark, more in (
        ("ddpm-forward", "\nfiles = !ls\nddpm_forward?"),
        ("ddpm-schedule", "\n%timeit 1\n!ls \\\n  -l"),
    ):
        by_id[mark]["source"] = "".join(by_id[mark]["source"]) + more
    lines = "".join(by_id["ddpm-sample"]["source"]).splitlines()
    by_id["ddpm-sample"]["source"] = "\n".join(f"    {line}" for line in lines)
    by_id["check-sample"]["metadata"] = {"nbgrader": None}
    (unpacked / "diffusion.ipynb").write_text(json.dumps(solved))
    train = unpacked / "diffusion" / "train.py"
    train.write_text(train.read_text() + "# mine\n")
    (unpacked / "diffusion" / "helper.py").write_text("x = 1\n")
    made = program(unpacked, "submit.py")
    assert made.returncode == 0, made.stdout + made.stderr
    assert (
        "The code in diffusion.ipynb is graded, because you have not changed diffusion/"
        in made.stdout
    )
    assert read_submission(unpacked / "submission.zip").of_cells

    by_id["ddpm-schedule"]["source"] = "def f():\n    pass\nreturn 1"
    (unpacked / "diffusion.ipynb").write_text(json.dumps(solved))
    made = program(unpacked, "submit.py")
    assert "no cell defines ddpm_schedule, which counts as not attempted" in made.stdout
    assert "cell ddpm-schedule cannot be read by Python: line 3: 'return' outside" in made.stdout
    by_id["ddpm-schedule"]["id"] = "other"
    own = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    own |= {"id": "a", "source": ["print(1)"]}
    (unpacked / "diffusion.ipynb").write_text(json.dumps({**solved, "cells": [own]}))
    assert "it has no function of the assignment's" in program(unpacked, "submit.py").stdout


@pytest.mark.parametrize("change", RIGHT, ids=lambda change: change.__name__)
def test_submit_says_what_grading_says(unpacked, change):
    shutil.rmtree(unpacked / "diffusion")
    (unpacked / "diffusion.ipynb").write_bytes(rearranged(change))
    made = program(unpacked, "submit.py")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Not attempted" not in made.stdout
    said = made.stdout.partition("Please check:\n")[2].partition("\n\n")[0]
    words = [line.strip() for line in said.splitlines()]
    assert words == [f"diffusion.ipynb: {remark}" for remark in take(rearranged(change)).remarks]


def test_students_read_what_lateness_costs(unpacked):
    page = (unpacked / "README.md").read_text()
    assert (
        "each started day after that costs 10 % of your earned points, at most 50 %; the first 15"
        in page
    )
    assert page.count("each started day") == 1  # what people alone grade is handed in elsewhere


def test_what_does_not_work_is_told_before_it_is_handed_in(unpacked):
    for file, content in (
        ("cfg.py", "import no_such_module\n"),
        ("denoiser.py", "raise SystemExit\n"),
        ("own.py", "from diffusion.data_of_mine import x\n"),
        ("own_too.py", "import no_such_module\n"),
        ("of_ddpm.py", "from diffusion.ddpm import ddpm_schedule\n"),
    ):
        (unpacked / "diffusion" / file).write_text(content)
    (unpacked / "diffusion" / "ddpm.py").unlink()
    (unpacked / "submission.zip").write_bytes(b"of yesterday")
    ran = program(unpacked, "submit.py")
    assert ran.returncode == 1 and "Nothing was written" in ran.stderr
    for said in (
        "diffusion/cfg.py, diffusion/own_too.py, ",
        "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        "diffusion/denoiser.py cannot be imported: SystemExit",
        "diffusion/own.py cannot be imported: ModuleNotFoundError",
        "Missing files, which are replaced by the original stubs: diffusion/ddpm.py",
    ):
        assert said in ran.stdout
    assert ran.stdout.count("'no_such_module'") == 1  # of two files, in one line
    assert "No module named 'diffusion.ddpm'" not in ran.stdout  # grading lays the starter's there
    assert (unpacked / "submission.zip").read_bytes() == b"of yesterday"


def test_nothing_filled_in_may_be_work_that_lies_elsewhere(unpacked, course):
    ran = program(unpacked, "submit.py")
    assert ran.returncode == 1 and not (unpacked / "submission.zip").exists()
    assert "You have not written any of the assignment's code here." in ran.stdout
    run = json.loads((unpacked / "diffusion.ipynb").read_text())
    for cell in run["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    (unpacked / "diffusion.ipynb").write_text(json.dumps(run))
    assert "You have not written any of the" in program(unpacked, "submit.py").stdout
    own = {"metadata": {}, "id": "mine", "source": ["def add_noise(): pass"], "outputs": []}
    run["cells"].append({"cell_type": "code", "execution_count": None, **own})
    (unpacked / "diffusion.ipynb").write_text(json.dumps(run))
    assert program(unpacked, "submit.py").returncode == 0


def test_a_package_in_part_is_no_fault(unpacked):
    shutil.rmtree(unpacked / "diffusion")
    (unpacked / "diffusion").mkdir()
    for name in ("ddpm.py", "cfg.py"):
        shutil.copy(REPOSITORY.solution_package / name, unpacked / "diffusion" / name)
    (unpacked / "diffusion" / "own.py").write_text("import diffusion.denoiser\n")
    (unpacked / "diffusion" / "own_too.py").write_text("from . import unet\n")
    (unpacked / "diffusion.ipynb").unlink()
    ran = program(unpacked, "submit.py")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Missing files, which are replaced" in ran.stdout
    assert read_submission(unpacked / "submission.zip").files.keys() == {
        "diffusion/cfg.py",
        "diffusion/ddpm.py",
        "diffusion/own.py",
        "diffusion/own_too.py",
    }


def test_a_module_that_ends_python_is_told(unpacked):
    (unpacked / "diffusion" / "__init__.py").write_text("import os\nos._exit(3)\n")
    ran = program(unpacked, "submit.py")
    assert ran.returncode == 1 and "importing diffusion ends Python (status 3)" in ran.stdout


def test_a_syntax_error_is_told_and_can_be_handed_in_all_the_same(unpacked):
    (unpacked / "diffusion" / "cfg.py").write_text("def f(:\n")
    ran = program(unpacked, "submit.py")
    assert ran.returncode == 1
    assert "diffusion/cfg.py, line 1: invalid syntax" in ran.stdout
    assert not (unpacked / "submission.zip").exists()
    assert program(unpacked, "submit.py", "--anyway").returncode == 0
    assert zipfile.is_zipfile(unpacked / "submission.zip")


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([1_000_001], "diffusion/own0.py is larger than 1.0 MB"),
        ([990_000] * 6, "diffusion/ has more than 5.0 MB of Python"),
        ([10] * 200, "diffusion/ has more than 200 Python files"),
    ],
)
def test_more_than_grading_takes_is_refused_whatever_is_said(unpacked, sizes, said):
    for at, size in enumerate(sizes):
        (unpacked / "diffusion" / f"own{at}.py").write_bytes(b"#" * size)
    ran = program(unpacked, "submit.py", "--anyway")
    assert ran.returncode == 1 and said in ran.stderr
    assert not (unpacked / "submission.zip").exists()


def test_it_takes_the_names_that_grading_takes(unpacked, monkeypatch):
    monkeypatch.syspath_prepend(unpacked)
    submit = importlib.import_module("submit")
    for module in ("submit", "inspection", "reporting"):
        monkeypatch.delitem(sys.modules, module)
    deep = "/".join(["d"] * (intake.MAX_DEPTH - 1))
    names = ["a.py", "b/c.py", "b/1c.py", "ü.py", "b/__init__.py", "x.py/y.py", "a-b.py"]
    names += ["class_.py", "a" * 100 + ".py", "a" * 101 + ".py", f"{deep}/x.py", f"{deep}/d/x.py"]
    for name in names:
        whole = PurePosixPath("diffusion", name)
        folders = [str(place) for place in whole.parents if len(place.parts) > 1]
        ours = submit._importable(whole.name) and all(map(submit._folder_allowed, folders))
        assert ours == intake.allowed(whole), name


def test_the_limits_are_those_of_grading(unpacked):
    text = (unpacked / "submit.py").read_text()
    limits = re.search(r"^LIMITS = (\{.*?\})$", text, re.MULTILINE | re.DOTALL)[1]
    assert json.loads(limits) == {
        "files": intake.MAX_FILES,
        "file_bytes": intake.MAX_FILE_BYTES,
        "total_bytes": intake.MAX_TOTAL_BYTES,
        "depth": intake.MAX_DEPTH,
        "zip_bytes": intake.MAX_ZIP_BYTES,
    }


# ---------------------------------------------------------------------------------------- the PDF


def test_what_the_report_lacks_is_named_with_its_points(unpacked):
    (unpacked / "diffusion" / "own.py").write_text("")
    said = program(unpacked, "submit.py", "--anyway").stdout
    assert 'no answer to "DDPM figures" (6 points)' in said
    assert "so 22 points have no answer" in said
    assert 'no figure of "Denoiser figures": 1-noising-strip, 2-denoiser-loss' in said


def test_a_report_is_printed_and_handed_in(unpacked):
    page = unpacked / "report" / "report.md"
    mark = "<!-- answer: figures_ddpm -->"
    assert "![Figure 6](6-ddpm-samples.png)" in page.read_text()
    answer = f"{mark}\n\nAfter epoch 5: $\\hat x$, and 5 $ for $\\nonsense{{$.\n"
    page.write_text(page.read_text().replace(mark, answer))
    shutil.copy(unpacked / "figures" / "6-samples.png", page.with_name("6-ddpm-samples.png"))
    page.with_name("5-ddpm-loss.png").write_bytes(b"no picture")
    ran = program(unpacked, "submit.py", "--pdf", "--anyway")
    assert ran.returncode == 0, ran.stderr
    assert "Your report, report/report.md, lacks:" in ran.stdout
    assert 'DDPM figures" (6 points)' not in ran.stdout
    assert (unpacked / "report.pdf").read_bytes().startswith(b"%PDF")
    assert re.search(r"report.pdf of report/report.md: [1-3] pages?", ran.stdout)
    with zipfile.ZipFile(unpacked / "submission.zip") as archive:
        assert {"report/report.md", "report/6-ddpm-samples.png"} <= set(archive.namelist())


def test_a_notebook_is_printed_without_its_code(unpacked):
    path = unpacked / "diffusion.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "manual-guidance_analysis":
            cell["source"] = ["Mine."]
    path.write_text(json.dumps(notebook))
    ran = program(unpacked, "submit.py", "--pdf", "--anyway")
    assert ran.returncode == 0, ran.stderr
    assert "Your report, diffusion.ipynb, lacks:" in ran.stdout
    assert "so 14 points have no answer" in ran.stdout
    assert re.search(r"report.pdf of diffusion.ipynb: [12] pages?\.", ran.stdout)


def test_without_the_packages_all_but_the_pdf_works_and_it_is_said_how_to_get_them(unpacked):
    ran = subprocess.run(
        [Path(sys.base_prefix, "bin", "python3"), "submit.py", "--pdf", "--anyway"],
        cwd=unpacked,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert (unpacked / "submission.zip").is_file()
    hint = r"No PDF of diffusion.ipynb: No module named '\w+'\. Install it: python3 run_checks.py"
    assert re.search(hint, ran.stderr)


# -------------------------------------------------------------------------------- what is in it


def test_every_link_and_picture_of_its_pages_is_in_the_bundle(unpacked):
    for page in ("README.md", "HANDOUT.md"):
        text = (unpacked / page).read_text()
        links = re.findall(r'\]\(([^)#]+)\)|src="([^"]+)"', text)
        local = [a or b for a, b in links if "://" not in (a or b)]
        assert local
        assert [link for link in local if not (unpacked / link).exists()] == []


def test_settings_and_requirements_are_those_of_the_repository(unpacked):
    bundle = tomllib.loads((unpacked / "pyproject.toml").read_text())
    project = tomllib.loads((REPOSITORY.project).read_text())["project"]
    assert bundle["project"]["dependencies"] == project["dependencies"]
    assert bundle["project"]["requires-python"] == project["requires-python"]
    ini = configparser.ConfigParser()
    ini.read(REPOSITORY.starter_pytest)
    assert set(bundle["tool"]["pytest"]["ini_options"]) == set(ini["pytest"])


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-notebook.txt"])
def test_pins_are_those_that_the_checks_were_tried_with(unpacked, name):
    lock = {line.split()[0] for line in (REPOSITORY.lock).read_text().splitlines()}
    lines = [x for x in (unpacked / name).read_text().splitlines() if not x.startswith("#")]
    assert lines and {line.split()[0] for line in lines} <= lock
    pinned = {re.match(r"[\w.-]+", line)[0] for line in lines}
    bundle = tomllib.loads((unpacked / "pyproject.toml").read_text())["project"]
    extra = name != "requirements.txt"
    wanted = bundle["optional-dependencies"]["notebook"] if extra else bundle["dependencies"]
    assert {re.match(r"[\w.-]+", line)[0] for line in wanted} <= pinned
    assert not [line for line in lines if line.startswith(("nvidia", "cuda", "triton"))]


def test_the_workflow_runs_the_checks_on_every_push_and_names_no_host(unpacked):
    text = (unpacked / ".github" / "workflows" / "classroom.yml").read_text()
    workflow = yaml.load(text, Loader=yaml.BaseLoader)
    assert "push" in workflow["on"] and workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert any(run.startswith("python run_checks.py") for run in runs)
    for run in runs:
        subprocess.run(["bash", "-n"], input=run, text=True, check=True)
    assert "://" not in text and "make" not in text.split()


def test_no_file_of_make_and_nothing_trained_is_in_it(unpacked):
    names = [path.name.lower() for path in unpacked.rglob("*")]
    assert "makefile" not in names
    arrays = {path.name for path in unpacked.rglob("*") if path.suffix in (".safetensors", ".npz")}
    assert arrays == {"classifier.safetensors", "mnist_subset.npz"}
