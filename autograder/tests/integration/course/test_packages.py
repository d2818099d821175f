"""What each course releases: its own stubs under its own names, and nothing that is not asked."""

import ast
import json
import re
import subprocess
import sys

import pytest

from autograder.authoring.lint.deliverables import load_handouts
from autograder.authoring.lint.handouts_page import cells_of
from autograder.authoring.release.notebook.building import students
from autograder.authoring.release.parts import parts_text
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import generated, solved
from autograder.course.strip import StripError
from autograder.tests.support.profiles import OWN, PROFILES
from checkkit.runner.names import in_course_words

STUB = re.compile(r'NotImplementedError\("(?P<part>[^(]+) \(task (?P<task>\w+)\): fill in ')


def definitions(text):
    return {node.name for node in ast.parse(text).body if hasattr(node, "name")}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_starter_has_the_stubs_of_the_course(profile):
    course = load_course(profile=profile)
    modules = generated(REPOSITORY.root, course)
    stubs = [found for text in modules.values() for found in STUB.finditer(text)]
    asked = {task.id for task in course.auto_tasks.values() if task.stubs}
    assert {found["task"] for found in stubs} == asked
    parts = {part.title.partition(":")[0] for a in course.assignments for part in a.parts}
    assert {found["part"] for found in stubs} <= parts
    for task in course.auto_tasks.values():
        for stub in task.stubs:
            name = course.names.get(f"{task.file.removesuffix('.py')}.{stub}", stub)
            assert name in definitions(modules[f"diffusion/{task.file}"])


def test_what_a_course_does_not_ask_is_gone_or_given():
    modules = generated(REPOSITORY.root, load_course(profile="berkeley_cs180"))
    assert definitions(modules["diffusion/ddpm.py"]) == {"ddpm_schedule"}
    assert definitions(modules["diffusion/cfg.py"]) == {"ddpm_forward", "ddpm_sample"}
    assert "TimeConditionalUNet" not in definitions(modules["diffusion/unet.py"])
    assert "from .cfg import ddpm_forward\n" in modules["diffusion/training.py"]
    assert "from .ddpm" not in modules["diffusion/training.py"]
    modules = generated(REPOSITORY.root, load_course(profile="berkeley_flow"))
    assert not {"diffusion/ddpm.py", "diffusion/cfg.py"} & modules.keys()
    nets = {"UnconditionalUNet", "TimeConditionalUNet", "ClassConditionalUNet"}
    assert definitions(modules["diffusion/unet.py"]) == nets
    assert "t1 * unflatten" in modules["diffusion/unet.py"]
    assert "return unet.TimeConditionalUNet(1, D)" in modules["diffusion/drawing.py"]
    assert "ddpm_sample" not in modules["diffusion/drawing.py"]
    modules = generated(REPOSITORY.root, load_course(profile="neural_graphics"))
    given = definitions(modules["diffusion/denoiser.py"])
    assert given == {"add_noise", "denoising_loss"}, "an example uses it"
    assert "NotImplementedError" not in modules["diffusion/denoiser.py"]
    assert {"FC", "FCBlock"} <= definitions(modules["diffusion/blocks.py"])
    assert "FC" not in definitions(generated(REPOSITORY.root, load_course())["diffusion/blocks.py"])


def test_packages_can_be_imported(package):
    folders = [package(kind, profile) for profile in OWN for kind in ("starter", "solved")]
    program = (
        "import importlib, pathlib, sys\n"
        "for folder in sys.argv[1:]:\n"
        "    for name in [n for n in sys.modules if n.partition('.')[0] == 'diffusion']:\n"
        "        del sys.modules[name]\n"
        "    sys.path.insert(0, folder)\n"
        "    for path in sorted(pathlib.Path(folder, 'diffusion').glob('*.py')):\n"
        "        importlib.import_module('diffusion.' + path.stem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, folders)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_taken_is_refused():
    course = load_course(profile="neural_graphics")
    taken = course.model_copy(update={"names": {"cfg.ddpm_cfg_forward": "ddpm_forward"}})
    for make in (generated, solved):
        with pytest.raises(StripError, match=r"calls cfg\.ddpm_cfg_forward ddpm_forward"):
            make(REPOSITORY.root, taken)


def test_a_task_keeps_its_name_where_a_function_has_it_too():
    said = "Part 2 (task flow_sample): fill in flow_sample"
    names = {"flow.flow_sample": "time_fm_sample"}
    assert in_course_words(said, names) == "Part 2 (task flow_sample): fill in time_fm_sample"


def test_students_of_a_profile_see_its_parts_and_names():
    course = load_course(profile="neural_graphics")
    said = json.loads(parts_text(course, REPOSITORY))
    assert said["names"]["unet.TimeConditionalUNet"] == "DenoisingUNet"
    tasks = [task["id"] for part in said["parts"] for task in part["tasks"]]
    assert tasks == [task.id for task in course.auto_tasks.values() if not task.hidden]


@pytest.mark.parametrize("profile", load_handouts(REPOSITORY.root))
def test_every_cell_of_the_table_is_in_the_notebook(profile):
    course = load_course(profile=profile)
    notebook = json.loads(students(course))
    cells = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    known = {task.id: task for task in course.tasks}
    for row in load_handouts(REPOSITORY.root)[profile].rows:
        for name in row.tasks:
            assert set(cells_of(known[name], row)) <= set(cells), row.asks
