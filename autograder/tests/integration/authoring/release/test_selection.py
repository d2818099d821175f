"""What a course does not ask leaves no trace in what its students get, and the rest works."""

import json
import re
import subprocess
import sys

import pytest

from autograder.authoring.release.notebook import NotebookError, students
from autograder.authoring.release.notebook.extraction import defined_names
from autograder.authoring.release.student import student_files
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import generated, solved
from autograder.grading.judging.checks import collect_checks
from autograder.tests.support.submissions import make_folder
from autograder.tests.support.thirds import THIRDS, third

ROOT = REPOSITORY.root
PAGES_OF_ANSWERS = ("README.md", "HANDOUT.md", "report/report.md", "AGENTS.md")
BINARY = (".png", ".npz", ".safetensors")
# Names of tasks that are words of Python and of prose too; these are searched where they can only
# be the task.
WORDS = {"unet", "forward", "sample", "schedule", "digits", "blocks", "denoiser", "fc"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The course of a third, and what its students get."""
    made = {}

    def bundle(name):
        if name not in made:
            course = third(tmp_path_factory.mktemp(name), name)
            made[name] = course, student_files(ROOT, course, students(course))
        return made[name]

    return bundle


OF_CHECKS = {"frechet_distance", "Flatten"}  # the check of digits has names like these


def of_others(course):
    """Names of tasks, functions and checks that a course neither asks nor gives."""
    tasks = [task.id for task in course.optional]
    own = {stub for task in course.auto_tasks.values() for stub in task.stubs}
    given = {name for text in generated(ROOT, course).values() for name in defined_names(text)}
    functions = {stub for task in course.optional for stub in task.stubs} - own - given
    functions -= OF_CHECKS
    checks = collect_checks().checks
    ours = {check.function for check in checks if check.task in course.auto_tasks}
    names = functions | {check.function for check in checks if check.task in tasks} - ours
    for task in tasks:
        patterns = ("(task {})", "Task `{}`", "tests/test_{}.py", 'check("{}"', 'task("{}")')
        names |= {pattern.format(task) for pattern in patterns} | ({task} - WORDS)
    return names


@pytest.mark.parametrize("name", THIRDS)
def test_what_a_course_does_not_ask_leaves_no_trace(bundle, name):
    course, files = bundle(name)
    names = "|".join(map(re.escape, sorted(of_others(course), key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
    traces = [
        f"{file}:{number}: {found[0]}"
        for file, content in files.items()
        if not file.endswith(BINARY)
        for number, line in enumerate(content.decode().splitlines(), 1)
        for found in pattern.finditer(line)
    ]
    assert traces == []


# What a course without training, figures, answers for people and hidden checks has no use for.
OF_OTHER_KINDS = (
    "--training",
    "checks that train",
    "training checks",
    "trained diffusion model",
    "small classifier",
    "training loop",
    "wrong at 5",
    "one-step denoiser",
    "Diffusion Guidance",
    "without the class",
    "unconditional,",
    "How large, how long",
    "hand in figures",
    "figures that you hand in",
    'below "Hand in"',
    "as one PDF",
    "--pdf",
    "do not receive",
    "Further checks",
)


@pytest.mark.parametrize("name", ["sampling", "net"])
def test_what_a_kind_of_task_needs_is_gone_where_there_is_none(bundle, name):
    files = bundle(name)[1]
    pages = ["README.md", "HANDOUT.md", "diffusion.ipynb", *(f for f in files if "diffusion/" in f)]
    text = " ".join(" ".join(files[page].decode().split()) for page in pages)
    assert [words for words in OF_OTHER_KINDS if words.lower() in text.lower()] == []
    cells = [cell["id"] for cell in json.loads(files["diffusion.ipynb"])["cells"]]
    assert not {"text-sizes", "open-sizes", "given-digits", "text-further"} & {*cells}


@pytest.mark.parametrize("tasks", [("train_ddpm, needs: []",), ("forward",), ("sample",)])
def test_answers_without_figures(tmp_path, tasks):
    """The third has a question, without a figure; w is not defined in it."""
    files = student_files(ROOT, third(tmp_path, "words", ("",), tasks), b"")
    text = {page: " ".join(files[page].decode().split()) for page in PAGES_OF_ANSWERS}
    for page, words in text.items():
        for absent in ("diffusion.draw", "missing figures", "its figures", "w = ", "guidance"):
            assert absent not in words, page
    assert "figures" not in text["README.md"] + text["report/report.md"]
    assert "The figures belong" not in text["HANDOUT.md"] and "as one PDF" in text["HANDOUT.md"]
    assert "The answers to questions are graded" in text["AGENTS.md"]
    assert "submit.py --pdf" in text["README.md"]
    assert "<!-- for" not in text["AGENTS.md"]


def test_answers_with_figures(bundle):
    files = bundle("denoising")[1]
    text = {page: " ".join(files[page].decode().split()) for page in PAGES_OF_ANSWERS}
    for page in ("README.md", "HANDOUT.md", "report/report.md"):
        assert "python -m diffusion.draw" in text[page], page
    assert "The figures belong to the answers" in text["HANDOUT.md"]
    assert "guidance scales" not in text["AGENTS.md"]
    assert "What mistakes look like" not in text["AGENTS.md"] + text["HANDOUT.md"]


def test_sizes_of_nets_are_those_of_the_figures(bundle):
    cells = json.loads(bundle("denoising")[1]["diffusion.ipynb"])["cells"]
    code, text = ("".join(c["source"]) for c in cells if c["id"] in ("text-sizes", "open-sizes"))
    assert "one-step denoiser" in code and "each diffusion model" not in code
    assert '"denoiser": {' in text and '"schedule"' not in text and "for:" not in text


def test_files_that_only_other_courses_need_are_gone(bundle):
    files = {name: set(bundle(name)[1]) for name in THIRDS}
    assert {f for f in files["sampling"] if f.startswith("diffusion/")} == {
        "diffusion/__init__.py",
        "diffusion/data.py",
        "diffusion/ddpm.py",
    }
    assert {f for f in files["editing"] if f.startswith("diffusion/")} == {
        "diffusion/__init__.py",
        "diffusion/data.py",
        "diffusion/edit.py",
        "diffusion/illusions.py",
        "diffusion/image_to_image.py",
        "diffusion/inpainting.py",
        "diffusion/iterative.py",
        "diffusion/noising.py",
        "diffusion/pretrained/__init__.py",
        "diffusion/pretrained/deepfloyd.py",
        "diffusion/pretrained/digit_model.py",
        "diffusion/pretrained/loading.py",
        "diffusion/pretrained/model.py",
        "diffusion/pretrained/photos.py",
        "diffusion/pretrained/prompts.py",
        "diffusion/pretrained/unet2d.py",
        "diffusion/runs/__init__.py",
        "diffusion/runs/drawings.py",
        "diffusion/runs/editing.py",
        "diffusion/runs/illusion_pictures.py",
        "diffusion/runs/image_editing.py",
        "diffusion/runs/models.py",
        "diffusion/runs/pictures.py",
        "diffusion/runs/stages.py",
        "diffusion/single_step.py",
    }
    assert "tests/data/digit_model.safetensors" in files["editing"] - files["classes"]
    assert "figures/1-unet.png" in files["denoising"] - files["sampling"]
    assert "tests/data/classifier.safetensors" in files["classes"] - files["denoising"]
    assert "checkkit/verdicts/unet.py" in files["classes"] - files["sampling"]
    assert "diffusion/train.py" in files["denoising"] - files["sampling"]


def test_sections_of_the_handout_are_those_of_the_tasks(bundle):
    handout = bundle("classes")[1]["HANDOUT.md"].decode()
    headings = re.findall(r"^### (\d\.\d)", handout, re.MULTILINE)
    assert headings == ["1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "3.6"]
    assert "<!-- for" not in handout and "end for" not in handout


def test_blocks_of_which_a_net_is_built_are_given_with_their_solution(bundle):
    files = bundle("net")[1]
    assert "NotImplementedError" not in files["diffusion/blocks.py"].decode()
    assert "from .blocks import ConvBlock, DownBlock" in files["diffusion/unet.py"].decode()
    assert "class UnconditionalUNet" not in files["diffusion/unet.py"].decode()
    cells = {cell["id"]: cell for cell in json.loads(files["diffusion.ipynb"])["cells"]}
    blocks = cells["blocks-composed"]
    assert blocks["metadata"]["nbgrader"]["locked"] and "self.down(" in "".join(blocks["source"])
    assert not cells["unet-time"]["metadata"]["nbgrader"]["locked"]


@pytest.mark.parametrize("name", ["sampling", "denoising", "net", "editing"])
def test_the_checks_of_a_third_pass_on_its_solution_and_find_its_stubs(bundle, name, tmp_path):
    course, files = bundle(name)
    folder = make_folder(tmp_path, files)
    command = [sys.executable, "-m", "pytest", "--tb=short", "-p", "no:cacheprovider", "--report"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    errors = [line for line in ran.stdout.splitlines() if line.startswith("E  ")]
    assert errors and all("NotImplementedError: Part 1 (task " in line for line in errors)
    make_folder(folder, {path: text.encode() for path, text in solved(ROOT, course).items()})
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0 and " passed" in ran.stdout, ran.stdout[-3000:]


def test_a_figure_without_its_task_is_refused_by_both_names(tmp_path):
    course = third(tmp_path, "denoising", ("denoiser-loss", "class-samples"))
    with pytest.raises(NotebookError) as refused:
        students(course)
    assert "the figure class-samples, which needs ddpm_cfg_sample of the task cfg_sample" in str(
        refused.value
    )


def test_a_figure_is_refused_if_all_of_its_nets_are_for_other_courses(tmp_path):
    course = third(tmp_path, "flow", ("flow-loss",), ("flow",))
    with pytest.raises(NotebookError, match="flow-loss, which needs ScaledTimeUNet of the task sc"):
        students(course)
    assert students(
        third(tmp_path, "flow", ("flow-loss",), ("flow", "scaled_time_unet, needs: []"))
    )
    assert students(third(tmp_path, "flow", ("flow-loss",), ("flow", "time_unet, needs: []")))


TRACES = re.compile(r"ddpm|alpha.?bar|\bbetas?\b|noise schedule|variance schedule", re.I)
REFERENCE = re.compile(r"\b(algorithm|equation) (\d+)", re.I)


def test_a_course_of_flow_matching_alone_reads_of_nothing_else():
    course = load_course(profile="berkeley_flow")
    files = student_files(ROOT, course, students(course))
    cells = json.loads(files["diffusion.ipynb"])["cells"]
    texts = {name: files[name].decode() for name in PAGES_OF_ANSWERS}
    texts["diffusion.ipynb"] = "\n".join("".join(cell["source"]) for cell in cells)
    handout = texts["HANDOUT.md"]
    there = {("algorithm", n) for n in re.findall(r"^\*\*Algorithm (\d+)", handout, re.M)}
    there |= {("equation", n) for n in re.findall(r"\((\d+)\)\$\$$", handout, re.M)}
    sections = set(re.findall(r"^### (\d\.\d)", handout, re.M))
    assert sections == {"1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "3.1", "4.3", "4.4"}
    for name, text in texts.items():
        assert TRACES.findall(text) == [], name
        named = {(kind.lower(), number) for kind, number in REFERENCE.findall(text)}
        assert named <= there, name
        assert set(re.findall(r"(?:\bin|\bof|\bas in) (\d\.\d)\b(?!\.)", text)) <= sections, name
    assert "*Task `flow_sample`, `time_fm_sample`.*" in handout
    assert "*Tasks `flow_cfg` and `flow_cfg_sample`.*" in handout
    assert "| `flow_sample` | 30 |" in handout


def test_what_a_task_uses_of_another_is_given_with_its_solution(tmp_path):
    course = third(tmp_path, "loop", tasks=("train_ddpm, needs: []",))
    modules = generated(ROOT, course)
    assert "raise NotImplementedError" in modules["diffusion/training.py"]
    assert "nn.functional.mse_loss(unet(z), x)" in modules["diffusion/denoiser.py"]
    assert "SOLUTION" not in "".join(modules.values())
    assert "def ddpm_cfg_forward" not in "".join(modules.values())


def test_part_4_is_only_in_courses_that_ask_for_it():
    of_part_4 = re.compile(
        r"ddim|metrics.py|memoriz|Part 4:|def fid|\bflow(\.py|_)|flow.match|train_with|one_step_|"
        r"better.?unet|diffusion.compare|compar(e|ing).py|edm|Heun|labelled.py|"
        r"[-/]inception|inception_",
        re.I,
    )

    def with_part_4(course):
        files = student_files(ROOT, course, students(course))
        texts = {file: data.decode() for file, data in files.items() if not file.endswith(BINARY)}
        return {file for file, text in texts.items() if of_part_4.search(file + text)}

    assert with_part_4(load_course()) == set()
    asked = with_part_4(load_course(profile="part_4"))
    assert {"diffusion/ddim.py", "diffusion/metrics.py", "tests/test_ddim.py"} <= asked
    assert {"diffusion/flow.py", "tests/test_flow.py", "tests/test_flow_cfg_sample.py"} <= asked
    assert {"tests/test_fid.py", "HANDOUT.md", "README.md"} <= asked
    assert {
        "diffusion/better_unet.py",
        "diffusion/compare.py",
        "tests/test_better_unet.py",
    } <= asked
    assert {"diffusion/edm.py", "diffusion/runs/labelled.py", "tests/test_edm_loss.py"} <= asked
