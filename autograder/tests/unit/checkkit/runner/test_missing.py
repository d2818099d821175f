"""What the files of a submission lack is not attempted, and takes nothing else along."""

import pytest

from checkkit.runner import Integer
from checkkit.runner.local import LocalRunner

STUBS = {
    "ddpm": {"ddpm_forward": "forward", "ddpm_sample": "sample"},
    "training": {"train_ddpm": "train_ddpm"},
    "unet": {"TimeConditionalUNet": "time_unet"},
}


def probe_call(diffusion, *, module, name):
    return {"y": getattr(getattr(diffusion, module), name)(1)}


def probe_has_run(diffusion, *, module, name):
    getattr(getattr(diffusion, module), name)(1)
    return {}


@pytest.fixture
def said(package):
    """What calling a function of the package says."""
    names: dict[str, str] = {}

    def said(module: str, name: str) -> str:
        runner = LocalRunner(package.parent, names, STUBS)
        with pytest.raises(NotImplementedError) as caught:
            runner.run(probe_call, returns={}, module=module, name=name)
        return str(caught.value)

    said.names = names
    return said


def test_a_name_that_a_file_lacks_is_not_defined(package, said):
    (package / "ddpm.py").write_text("def ddpm_forward(x):\n    return x\n")
    assert (
        said("ddpm", "ddpm_sample")
        == "ddpm_sample is not defined in diffusion/ddpm.py (task sample)"
    )
    runner = LocalRunner(package.parent, {}, STUBS)
    with pytest.raises(AttributeError, match="ddpm_schedule"):
        runner.run(probe_call, returns={}, module="ddpm", name="ddpm_schedule")


def test_what_imports_or_inherits_it_names_it(package, said):
    (package / "ddpm.py").write_text("")
    (package / "training.py").write_text(
        "from .ddpm import ddpm_forward\n"
        "from .unet import TimeConditionalUNet\n"
        "class Own(TimeConditionalUNet):\n"
        "    def __init__(self, width):\n"
        "        super().__init__(width)\n"
        "def train_ddpm(x):\n"
        "    return ddpm_forward(x)\n"
    )
    missing = "ddpm_forward is not defined in diffusion/ddpm.py (task forward)"
    assert said("training", "train_ddpm") == missing
    assert said("training", "Own").endswith("there is no diffusion/unet.py (task time_unet)")


def test_a_missing_file_is_named(said):
    missing = "ddpm_forward is not defined: there is no diffusion/ddpm.py (task forward)"
    assert said("ddpm", "ddpm_forward") == missing


def test_a_name_that_the_course_has_renamed_may_have_either(package, said):
    said.names["ddpm.ddpm_forward"] = "loss_of"
    (package / "ddpm.py").write_text("")
    missing = "loss_of is not defined in diffusion/ddpm.py (task forward)"
    assert said("ddpm", "ddpm_forward") == missing


def test_a_name_that_is_there_in_another_way_stays(package):
    (package / "ddpm.py").write_text("from .own import f as ddpm_forward\nddpm_sample = int\n")
    (package / "own.py").write_text("def f(x):\n    return x + 1\n")
    runner = LocalRunner(package.parent, {"ddpm.ddpm_forward": "loss_of"}, STUBS)
    for name in ("ddpm_forward", "ddpm_sample"):
        answer = {"y": Integer()}
        assert runner.run(probe_call, returns=answer, module="ddpm", name=name)["y"] in (1, 2)


@pytest.mark.parametrize(
    "body", ["pass", "...", "return None", "'''Later.'''", "'''Later.'''; pass"]
)
def test_an_empty_body_is_not_attempted(package, said, body):
    (package / "ddpm.py").write_text(f"def ddpm_forward(x):\n    {body}\n")
    (package / "unet.py").write_text(
        "class TimeConditionalUNet:\n"
        f"    def __init__(self, x): {body}\n    def forward(self): {body}\n"
    )
    empty = "ddpm_forward is empty in diffusion/ddpm.py (task forward)"
    assert said("ddpm", "ddpm_forward") == empty
    assert said("unet", "TimeConditionalUNet").endswith(
        "is empty in diffusion/unet.py (task time_unet)"
    )


@pytest.mark.parametrize("body", ["return x", "return 1", "'''Later.'''; return 'x'", "return [x]"])
def test_a_body_that_does_something_is_an_attempt(package, body):
    (package / "ddpm.py").write_text(f"def ddpm_forward(x):\n    {body}\n")
    (package / "unet.py").write_text(
        "from torch import nn\nclass TimeConditionalUNet(nn.Sequential):\n"
        "    def __init__(self, x):\n        super().__init__()\n"
    )
    runner = LocalRunner(package.parent, {}, STUBS)
    for module, name in (("ddpm", "ddpm_forward"), ("unet", "TimeConditionalUNet")):
        assert runner.run(probe_has_run, returns={}, module=module, name=name) == {}
