"""Evidence that no honest worker sends is refused before it costs the judge time or memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pytest

from checkkit.runner import Array, CheckFailed
from checkkit.runner.outcomes import ProtocolBroken
from checkkit.tapes import Entry, read_tape
from checkkit.verdicts.modulation import MOST_VECTORS, vectors_of
from checkkit.verdicts.sampling_steps import assert_timesteps
from checkkit.verdicts.settings import Setting

CONV = {"input": (2, 3, 6, 6), "weight": (4, 3, 3, 3), "bias": (4,), "output": (2, 4, 6, 6)}
NORM = {"input": (2, 4, 6, 6), "weight": (4,), "running_mean": (4,), "output": (2, 4, 6, 6)}
LINEAR = {"input": (2, 3), "weight": (3, 5), "bias": (5,), "output": (2, 5)}


def tape(*layers: tuple[str, dict[str, tuple[int, ...]]]) -> dict[str, object]:
    """Evidence as `checkkit.spies.tape` sends it, of layers whose tensors are full of zeros."""
    named = [
        (f"{i} {kind} {name}", shape)
        for i, (kind, shapes) in enumerate(layers)
        for name, shape in shapes.items()
    ]
    rows = [[len(shape), *shape, *[0] * (4 - len(shape))] for _, shape in named]
    return {
        "labels": "\n".join(label for label, _ in named),
        "shapes": np.array(rows, np.int64).reshape(-1, 5),
        "values": np.zeros(sum(int(np.prod(shape)) for _, shape in named), np.float32),
    }


@contextmanager
def quickly() -> Iterator[None]:
    """Half a second of this process at most."""
    before = getrusage(RUSAGE_SELF).ru_utime
    yield
    assert getrusage(RUSAGE_SELF).ru_utime - before < 0.5


def test_layers_of_right_shapes_are_read():
    conv, norm, linear = read_tape(tape(("conv", CONV), ("batch_norm", NORM), ("linear", LINEAR)))
    assert [conv.kind, norm.kind, linear.kind] == ["conv", "batch_norm", "linear"]
    assert {name: tensor.shape for name, tensor in norm.tensors.items()} == NORM


@pytest.mark.parametrize(
    "layer",
    [
        ("batch_norm", {**NORM, "running_mean": (900_000, 1, 1, 1)}),
        ("batch_norm", {**NORM, "weight": (900_000,)}),
        ("batch_norm", {**NORM, "output": (1, 4, 6, 6)}),
        ("conv", {**CONV, "bias": (900_000,)}),
        ("conv", {**CONV, "weight": (4, 3)}),
        ("linear", {**LINEAR, "bias": (180_000, 1, 5)}),
        ("linear", {**LINEAR, "bias": (180_000, 5)}),
    ],
)
def test_tensors_that_do_not_fit_each_other_are_no_layer(layer):
    """In arithmetic NumPy would repeat them until memory runs out."""
    with pytest.raises((ProtocolBroken, ValueError)):
        read_tape(tape(layer))


def test_a_layer_with_very_many_channels_is_refused():
    with pytest.raises(CheckFailed, match="a layer has 6,000 channels"):
        read_tape(tape(("Conv", {"input": (1, 6000, 2, 1), "output": (1, 3, 2, 1)})))


def test_very_many_layers_are_refused():
    with pytest.raises(CheckFailed, match="300 layers run"):
        read_tape(tape(*[("linear", LINEAR)] * 300))


def test_not_every_pair_of_very_many_conditions_is_tried():
    layer = Entry("linear", {"output": np.zeros((2, 5))})
    assert len(vectors_of([layer] * MOST_VECTORS, (2, 5))) == MOST_VECTORS
    with pytest.raises(CheckFailed, match="17 layers put out 5 numbers"):
        vectors_of([layer] * (MOST_VECTORS + 1), (2, 5))


@pytest.mark.parametrize("last", [1e15, 199_999.0])
def test_steps_of_a_sampler_are_not_counted_up_to_any_number(last):
    rows = np.zeros((200_000, 5))
    rows[:, 0] = np.minimum(np.arange(200_000), last)
    rows[-1, 0] = last
    with quickly(), pytest.raises(CheckFailed, match="different x_t, expected 9"):
        assert_timesteps(Setting(0.1, 0.2, 9), rows, 3)


def test_an_array_of_any_length_has_not_just_any_length():
    Array((None,), "float32").accept("rows", np.zeros(2_000_000, np.float32))
    with pytest.raises(CheckFailed, match=r"rows has shape \(2000001,\), that is 2,000,001"):
        Array((None,), "float32").accept("rows", np.zeros(2_000_001, np.float32))
