"""Work that lies in a file that does not count, where the one that counts has none."""

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.grading.intake import gather, read_submission
from autograder.grading.intake.policy import policy_of
from autograder.grading.intake.trees import MOST_LOOKED_AT
from autograder.tests.support.collections import read
from autograder.tests.support.notebooks import given, saved
from autograder.tests.support.submissions import contents, make_folder, make_zip, zipped

SOLUTION = contents()
CFG, DDPM, UNET = (SOLUTION[f"diffusion/{name}.py"] for name in ("cfg", "ddpm", "unet"))
STARTER = committed_starter()
GIVEN = {"diffusion/ddpm.py": STARTER["diffusion/ddpm.py"], "diffusion/unet.py": UNET}
OF_DDPM = "ddpm_schedule, ddpm_forward, ddpm_sample"
HAND_IN_ONE = f"defines {OF_DDPM}, and diffusion/ddpm.py is unchanged: hand in only one"


# ------------------------------------------------------------------------------ a module is missing


@pytest.mark.parametrize(
    "name",
    [
        *("ddpm_final.py", "my_ddpm.py", "ddpm-final.py"),
        *("diffusion/ddpm_final.py", "diffusion/ddpm-final.py", "diffusion/old/ddpm.py"),
    ],
)
def test_a_file_that_holds_a_missing_module_is_told_its_name(tmp_path, name):
    where = "diffusion/" if "/" in name else ""
    entries = {f"{where}unet.py": UNET, name: DDPM}
    taken = read_submission(make_folder(tmp_path / "eve", entries))
    (doubt,) = taken.doubts
    assert name in doubt.split()[0] and taken.remarks == [doubt]
    words = "defines ddpm_schedule, ddpm_forward, ddpm_sample: call the file diffusion/ddpm.py, whi"
    assert words in doubt
    entries |= {f"{where}ddpm.py": DDPM}
    assert not read_submission(make_folder(tmp_path / "fay", entries)).doubts


def test_a_file_beside_its_package_is_told_its_place(tmp_path):
    entries = {"diffusion/unet.py": UNET, "ddpm.py": DDPM, "stubs.py": STARTER["diffusion/cfg.py"]}
    (doubt,) = read_submission(make_folder(tmp_path / "eve", entries)).doubts
    assert doubt.startswith("ddpm.py defines ddpm_schedule, ") and "diffusion/ddpm.py" in doubt


def test_the_export_says_it_too(collection):
    path = collection({"eve/unet.py": UNET, "eve/my_ddpm.py": DDPM, "fay/ddpm.py": DDPM})
    found = {one.name: one for one in gather([path])}
    assert "my_ddpm.py defines" in found["eve"].read().doubts[0]
    assert read(found["fay"]) == {"diffusion/ddpm.py": DDPM}


# ---------------------------------------------------------------------- a module is as it was given


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("around", ["", "hw/"])
@pytest.mark.parametrize(
    "name",
    [
        *("ddpm.py", "ddpm_final.py", "homework.py", "final/diffusion/ddpm.py", "final/my.py"),
        *("diffusion/ddpm_final.py", "diffusion/old/ddpm.py", "diffusion/my-ddpm.py"),
    ],
)
def test_work_beside_an_untouched_module_is_told(tmp_path, name, around, packed):
    entries = {f"{around}{path}": content for path, content in (GIVEN | {name: DDPM}).items()}
    make, own = (make_zip, "eve.zip") if packed else (make_folder, "eve")
    taken = read_submission(make(tmp_path / own, entries))
    assert taken.files["diffusion/ddpm.py"] == GIVEN["diffusion/ddpm.py"]
    (doubt,) = taken.doubts
    assert doubt in (f"{name} {HAND_IN_ONE}", f"{around}{name} {HAND_IN_ONE}")
    assert taken.remarks == [doubt]


def test_flat_files_are_told_too(tmp_path):
    entries = {"ddpm.py": STARTER["diffusion/ddpm.py"], "ddpm_final.py": DDPM}
    taken = read_submission(make_folder(tmp_path / "eve", entries))
    assert taken.doubts == [f"diffusion/ddpm_final.py {HAND_IN_ONE}"]
    entries = {"ddpm.py": STARTER["diffusion/ddpm.py"], "final/diffusion/ddpm.py": DDPM}
    entries["data/mnist"] = b""
    taken = read_submission(make_folder(tmp_path / "fay", entries))
    assert taken.doubts == [f"final/diffusion/ddpm.py {HAND_IN_ONE}"]


def test_several_files_for_a_module_are_told_in_one_sentence(tmp_path):
    starter = {path: STARTER[path] for path in ("diffusion/ddpm.py", "diffusion/cfg.py")}
    own = {"my_cfg.py": CFG, "my_ddpm.py": DDPM, "homework.py": DDPM + CFG}
    taken = read_submission(make_folder(tmp_path / "eve", starter | own))
    end = "is unchanged: hand in only one"
    assert taken.doubts == [
        "homework.py, my_cfg.py define ddpm_cfg_forward, ddpm_cfg_sample, and diffusion/cfg.py "
        f"{end}",
        f"homework.py, my_ddpm.py define {OF_DDPM}, and diffusion/ddpm.py {end}",
    ]


@pytest.mark.parametrize("where", ["", "diffusion/"])
def test_a_copy_that_a_browser_has_named_is_told_once(tmp_path, where):
    path = make_folder(tmp_path / "eve", GIVEN | {f"{where}ddpm (1).py": DDPM})
    words = f"ddpm.py is unchanged, and {where}ddpm (1).py was not taken: hand in only one"
    assert read_submission(path).doubts == [words]


def test_names_of_a_profile_are_looked_for(tmp_path):
    policy = policy_of(load_course(REPOSITORY.grading, profile="neural_graphics"))
    unet = policy.starter["diffusion/unet.py"]
    own = b"class DenoisingUNet:\n    pass\n\n\nclass UnconditionalUNet:\n    pass\n"
    path = make_folder(tmp_path / "eve", {"diffusion/unet.py": unet, "final.py": own})
    words = "final.py defines DenoisingUNet, and diffusion/unet.py is unchanged: hand in only one"
    assert read_submission(path, policy).doubts == [words]


def test_what_belongs_into_another_module_is_told(tmp_path):
    entries = {"ddpm.py": DDPM + b"\n\n" + CFG, "cfg.py": STARTER["diffusion/cfg.py"]}
    taken = read_submission(make_folder(tmp_path / "eve", entries))
    words = "defines ddpm_cfg_forward, ddpm_cfg_sample, which belong into diffusion/cfg.py"
    assert taken.doubts == [f"diffusion/ddpm.py {words}"]


def test_an_untouched_notebook_is_no_work_either(tmp_path):
    entries = {"diffusion.ipynb": saved(given()), "homework.py": DDPM}
    (doubt,) = read_submission(make_folder(tmp_path / "eve", entries)).doubts
    end = "and diffusion/ddpm.py in diffusion.ipynb is unchanged: hand in only one"
    assert doubt == f"homework.py defines {OF_DDPM}, {end}"


def test_a_file_beside_the_zip_that_is_graded_is_seen(tmp_path):
    path = make_folder(tmp_path / "eve", {"given.zip": zipped(GIVEN), "my.py": DDPM})
    assert read_submission(path).doubts == [f"my.py {HAND_IN_ONE}"]


@pytest.mark.parametrize("text", [b"", b"# def ddpm_sample\n", b'"""Part 2."""\nimport torch\n'])
def test_a_file_that_defines_nothing_is_told(tmp_path, text):
    none = "diffusion/ddpm.py defines none of its functions"
    path = make_folder(tmp_path / "eve", {"ddpm.py": text, "unet.py": UNET})
    assert read_submission(path).doubts == [f"{none}: {OF_DDPM}"]
    make_folder(path, {"my-ddpm.py": DDPM})
    words = f"my-ddpm.py defines {OF_DDPM}, and {none}: hand in only one"
    assert read_submission(path).doubts == [words]
    path = make_folder(tmp_path / "fay", {"ddpm.py": text, "ddpm (1).py": DDPM})
    words = "ddpm.py defines none of its functions, and ddpm (1).py was not taken"
    assert read_submission(path).doubts == [f"{words}: hand in only one"]
    path = make_folder(tmp_path / "gil", {"ddpm.py": text})  # nobody has lost anything
    assert read_submission(path).doubts == []


# -------------------------------------------------------------------------------- honest work


@pytest.mark.parametrize(
    "own",
    [
        {"ddpm.py": DDPM, "old/diffusion/ddpm.py": DDPM + b"# old\n", "backup/ddpm.py": DDPM},
        {"ddpm.py": DDPM, "ddpm_old.py": STARTER["diffusion/ddpm.py"]},
        {"unet.py": b"from .my_unet import *\n", "my_unet.py": UNET},
        {"unet.py": b"from . import my_unet\nUnconditionalUNet = 1\n", "my_unet.py": UNET},
        {"unet.py": STARTER["diffusion/unet.py"] + b"from .mine import *\n", "mine.py": UNET},
        {"unet.py": STARTER["diffusion/unet.py"], "old_unet.py": STARTER["diffusion/unet.py"]},
        {"ddpm.py": STARTER["diffusion/ddpm.py"], "tests/test_it.py": b"class ddpm_sample: 1\n"},
        {"ddpm.py": STARTER["diffusion/ddpm.py"], "checkkit/x.py": b"def ddpm_sample(): 1\n"},
        {"ddpm.py": STARTER["diffusion/ddpm.py"], "layers.py": b"class Block:\n    pass\n"},
    ],
    ids=[
        *("copies", "the starter kept", "all imported", "the module imported"),
        *("imported below the stubs", "two starters", "tests", "given", "a helper"),
    ],
)
@pytest.mark.parametrize("package", [True, False], ids=["package", "flat"])
def test_copies_drafts_helpers_and_parts_are_no_flag(tmp_path, own, package):
    inside = {f"diffusion/{name}" if "/" not in name else name: own[name] for name in own}
    taken = read_submission(make_folder(tmp_path / "eve", inside if package else own))
    assert taken.doubts == taken.remarks == []


def test_no_more_is_looked_at_than_has_its_limits(tmp_path):
    litter = {f"data/{number}": b"" for number in range(MOST_LOOKED_AT)}
    path = make_zip(tmp_path / "eve.zip", GIVEN | litter | {"final/my.py": DDPM})
    assert read_submission(path).doubts == []
    path = make_zip(tmp_path / "fay.zip", GIVEN | {"a/b/c/d/e/my.py": DDPM})
    assert read_submission(path).doubts == []
    odd = {"big.py": DDPM + b"#" * 1_000_000, "my.py": DDPM}
    path = make_zip(tmp_path / "gil.zip", GIVEN | odd)
    assert read_submission(path).doubts == [f"my.py {HAND_IN_ONE}"]
