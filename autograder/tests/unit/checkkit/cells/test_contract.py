"""What students are to define, as the starter says."""

from autograder.tests.support.notebooks import COURSE, POLICY
from checkkit.cells import contract_of, defined_in, filled_names, fills_in, is_filled
from checkkit.cells.contract import STUB

TEXT = {
    path.removeprefix("diffusion/").removesuffix(".py"): content.decode()
    for path, content in POLICY.starter.items()
    if path.count("/") == 1
}


def test_every_stub_of_the_course_is_in_it_and_nothing_else():
    asked = {name for own in POLICY.contract.values() for name in own["stubs"]}
    assert asked == {name for task in COURSE.tasks for name in task.stubs}
    assert {"Tensor", "torch", "nn"} <= {*POLICY.contract["ddpm"]["given"]}
    assert "train_denoiser" in POLICY.contract["training"]["functions"]


def test_a_function_that_is_given_is_no_stub():
    stub = (
        'def f():\n    raise NotImplementedError("Part 1 (task x): fill in f in diffusion/a.py")\n'
    )
    assert contract_of({"a": stub})["a"]["stubs"] == {"f": [1, 2]}
    given = contract_of({"a": "def f():\n    return 1\n"})["a"]
    assert (given["stubs"], given["functions"]) == ({}, ["f"])


def test_a_file_is_filled_in_once_a_stub_is():
    contract = POLICY.contract
    assert not is_filled(TEXT, contract)
    assert not is_filled({**TEXT, "own": "def ddpm_schedule(): pass"}, contract)
    filled = TEXT["ddpm"].replace("raise NotImplementedError(", "return (", 1)
    assert is_filled({**TEXT, "ddpm": filled}, contract)
    assert is_filled({"ddpm": "ddpm_schedule = ddpm_forward = ddpm_sample = print"}, contract)
    assert fills_in("class Conv(nn.Module):\n    pass", contract)
    assert not fills_in("def conv():\n    pass", contract)
    assert defined_in("async  def Conv(x): x\nclass Conv: x\ndefConv()", contract) == ["Conv"] * 2


def test_names_are_filled_in_one_by_one():
    contract = contract_of({"m": f"def f():\n    {STUB}'a')\n\n\ndef g():\n    {STUB}'b')\n"})
    text = f"def g():\n    {STUB}'b')\n\n\ndef f():\n    return 1\n\n\ndef f():\n    {STUB}'a')\n"
    assert filled_names(text, contract) == ["f"]
    assert filled_names("class g:\n    x = 1\n", contract) == ["g"]
    assert filled_names("", contract) == []
