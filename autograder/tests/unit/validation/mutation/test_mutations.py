"""Mutations as cosmic-ray makes them: each has an address, and annotations are known as such."""

from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.mutation.mutations import Address, mutations_of

SOURCE = """\
from x import y

LIMIT = 3


class Net:
    def forward(self, x: y | None = 1 + y, *more: "y | None") -> y | None:
        z: int | None = x * 2
        return (z +
                x)
"""


def test_every_mutation_of_a_file_has_an_address_of_its_own():
    source = solution_files()["denoiser.py"]
    found = list(mutations_of("denoiser.py", source))
    assert len({one.address for one in found}) == len(found) >= 22
    wanted = Address(
        "denoiser.py",
        "add_noise",
        "ReplaceBinaryOperator_Mul_Div",
        "return x + sigma * torch.randn_like(x)",
        "return x + sigma / torch.randn_like(x)",
    )
    (one,) = (one for one in found if one.address == wanted)
    assert one.source == source.replace("sigma * torch", "sigma / torch")
    assert source.splitlines()[one.line - 1].strip() == wanted.before


def test_annotations_are_told_from_what_runs():
    found = list(mutations_of("net.py", SOURCE))
    kinds = {
        (one.address.operator.rpartition("_")[2], one.line): one.in_annotation
        for one in found
        if one.address.operator.endswith(("_BitOr_Sub", "_Add_Sub", "_Mul_Sub"))
    }
    assert kinds == {("Sub", 7): True, ("Sub", 8): False, ("Sub", 9): False} | {}
    default = [one for one in found if one.address.operator == "ReplaceBinaryOperator_Add_Mul"]
    assert [(one.line, one.in_annotation) for one in default] == [(7, False), (9, False)]


def test_a_mutation_names_its_function_and_its_line():
    found = list(mutations_of("net.py", SOURCE))
    numbers = [one.address for one in found if one.address.operator == "NumberReplacer"]
    assert (numbers[0].function, numbers[0].before) == ("module", "LIMIT = 3")
    assert {address.function for address in numbers[2:]} == {"Net.forward"}
    (last,) = (one for one in found if one.line == 9 and "_Add_Mul" in one.address.operator)
    assert (last.address.before, last.address.after) == ("return (z +", "return (z *")
