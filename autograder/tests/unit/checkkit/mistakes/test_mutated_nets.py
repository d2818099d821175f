"""Blocks and UNets with one mistake: its name, and the connection that the sketch marks."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries
from checkkit.mistakes.layers import flatten_mistake
from checkkit.mistakes.modulation import fed_class_mistake, fed_time_mistake
from checkkit.report.figures import picture_of
from checkkit.runner import CheckFailed
from checkkit.runner.results import Connections, Counts
from checkkit.spies.unet_trace import trace
from checkkit.tapes import gelu, read_tape
from checkkit.verdicts.blocks import assert_convolutions
from checkkit.verdicts.conditioning import Conditions
from checkkit.verdicts.connections import connections_of

ENTRIES = {entry.name: entry for entry in load_entries().all}
T = np.array([0.2, 0.9, 0.2, 0.55], np.float32)
C = np.array([3, 3, 0, 7])


def imported(folder: Path, name: str) -> tuple[ModuleType, ModuleType]:
    """blocks and unet of a package, as a package of this name."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "diffusion" / "__init__.py", submodule_search_locations=[
            str(folder / "diffusion")
        ]
    )  # fmt: skip
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return tuple(importlib.import_module(f"{name}.{part}") for part in ("blocks", "unet"))


def connections(folder: Path, entry: str, net: str) -> dict[str, bool | None]:
    blocks, unet = imported(write_package(ENTRIES[entry], folder), f"mutant_{entry}")
    x, t, c = torch.rand(4, 1, 28, 28), torch.from_numpy(T), torch.from_numpy(C)
    made, told, inputs = {
        "unet": lambda: (unet.UnconditionalUNet(1, 4), (), None),
        "time_unet": lambda: (unet.TimeConditionalUNet(1, 4), (t,), Conditions(T)),
        "class_unet": lambda: (
            unet.ClassConditionalUNet(1, 10, 4), (c, t), Conditions(T, C, np.ones(4), 10)
        ),
    }[net]()  # fmt: skip
    seen = trace(made, blocks, 5, False, x, *told)
    seen = {k: v.numpy() if torch.is_tensor(v) else v for k, v in seen.items()}
    return connections_of(read_tape(seen), x.numpy(), seen["output"], inputs)


@pytest.mark.parametrize(
    ("entry", "net", "wrong"),
    [
        ("own_modules", "class_unet", set()),
        ("functional_unet", "unet", set()),
        ("functional_unet", "time_unet", set()),
        ("literal_sequential_unet", "class_unet", set()),
        ("skip14_is_the_wrong_one", "unet", {"skip down1 to up2"}),
        ("skip28_missing", "class_unet", {"skip enter to leave"}),
        ("output_normalised", "time_unet", {"last to output"}),
        ("no_flatten", "unet", {"down2 to flatten to unflatten"}),
        ("time_at_unflatten_only", "time_unet", {"t2"}),
        ("time_reversed", "time_unet", {"t1", "t2"}),
        ("class_ignored_at_up1", "class_unet", {"c2"}),
        ("class_and_time_swapped", "class_unet", {"c1", "t1", "c2", "t2"}),
    ],
)
def test_the_sketch_marks_the_wrong_connections_and_no_other(entry, net, wrong, tmp_path):
    found = connections(tmp_path, entry, net)
    assert {name for name, state in found.items() if state is False} == wrong
    assert sum(state is True for state in found.values()) >= 8
    picture = picture_of(Connections("Your UNet", found))
    assert len(picture.png) < 20_000
    assert "all" in picture.alt if not wrong else f"{len(wrong)} connection" in picture.alt


def test_a_net_in_another_order_has_no_sketch(tmp_path):
    assert connections(tmp_path, "last_conv_block_left_out", "unet") == {}


class Spoilt(nn.Module):
    """Conv with something else behind the convolution."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), *layers)

    def forward(self, x):
        return self.layers(x)


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ([nn.BatchNorm2d(5)], "Conv: no GELU"),
        ([nn.BatchNorm2d(5), nn.ReLU()], "Conv: ReLU"),
        ([nn.BatchNorm2d(5), nn.SiLU()], "Conv: SiLU"),
        ([nn.GELU(), nn.BatchNorm2d(5)], "Conv: GELU before BatchNorm"),
        ([nn.GELU()], "Conv: no BatchNorm"),
        ([nn.BatchNorm2d(5, track_running_stats=False), nn.GELU()], "Conv: no running statistics"),
        ([nn.BatchNorm2d(5), nn.Softplus()], None),
    ],
)
def test_wrong_blocks_are_named(layers, name):
    x = torch.randn(4, 3, 6, 6)
    seen = trace(Spoilt(*layers), ModuleType("blocks"), 3, False, x)
    seen = {k: v.numpy() if torch.is_tensor(v) else v for k, v in seen.items()}
    with pytest.raises(CheckFailed) as caught:
        assert_convolutions("Conv", x.numpy(), 5, seen["output"], read_tape(seen), False)
    assert getattr(caught.value.mistake, "name", None) == name


def test_wrong_flattening_is_named():
    x = np.random.default_rng(0).normal(0, 3, (4, 5, 7, 7))
    mean = x.mean((2, 3), keepdims=True)
    for name, y in (
        ("no GELU", mean), ("GELU first", gelu(x, "none").mean((2, 3), keepdims=True)),
        ("sum", gelu(49 * mean, "tanh")), ("maximum", x.max((2, 3), keepdims=True)),
    ):  # fmt: skip
        assert flatten_mistake(y, x).name == f"Flatten: {name}"
    assert flatten_mistake(2 * mean, x) is None


def test_what_embeddings_are_fed_is_named():
    c, keep = np.array([3, 0, 5, 7]), np.array([1, 0, 0, 1])
    one_hot = np.eye(10)[c]
    for name, fed in (
        ("mask ignored", one_hot), ("mask inverted", one_hot * (1 - keep)[:, None]),
        ("class 0 for none", np.eye(10)[c * keep]),
    ):  # fmt: skip
        assert fed_class_mistake(fed, c, keep, 10).name == f"class fed: {name}"
    assert fed_class_mistake(one_hot * keep[:, None], c, keep, 10) is None
    assert fed_class_mistake(0.5 * one_hot, c, keep, 10) is None
    assert fed_class_mistake(0 * one_hot, c, np.ones(4), 10) is None  # inverted, or never there
    assert fed_time_mistake(1 - T[:, None], np.float64(T)).name == "time fed: 1 - t"
    assert fed_time_mistake(T[:, None] ** 2, np.float64(T)) is None


def test_counts_are_drawn_beside_what_is_expected_and_told_in_words():
    fair = np.r_[0, np.full(31, 66.0)]
    counts = np.r_[0, np.full(30, 66), 200]
    picture = picture_of(Counts("t", counts, fair, np.sqrt(fair), "t", "images"))
    assert "1 of them lie further" in picture.alt and len(picture.png) < 20_000
