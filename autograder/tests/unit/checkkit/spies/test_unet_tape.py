"""The tape reads the same layers off every style, and the judge replays them to the last digits."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from checkkit.runner import CheckFailed
from checkkit.spies.tape import Tape
from checkkit.spies.weights import randomise
from checkkit.tapes import Entry, close, read_tape
from checkkit.verdicts.blocks import assert_convolutions, assert_fc_block, assert_running_statistics


class Functional(nn.Module):
    """Conv, BatchNorm and GELU from torch.nn.functional and raw parameters."""

    def __init__(self, norm=functional.batch_norm):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 3, 3, 3))
        self.bias = nn.Parameter(torch.randn(5))
        self.scale, self.shift = nn.Parameter(torch.rand(5)), nn.Parameter(torch.randn(5))
        self.register_buffer("mean", torch.zeros(5))
        self.register_buffer("var", torch.ones(5))
        self.norm = norm

    def forward(self, x):
        x = functional.conv2d(x, weight=self.weight, padding=1) + self.bias[:, None, None]
        held = (self.mean, self.var, self.scale, self.shift)
        if self.norm is torch.batch_norm:
            held = (self.scale, self.shift, self.mean, self.var)
            return functional.gelu(torch.batch_norm(x, *held, self.training, 0.1, 1e-5, False))
        return functional.gelu(functional.batch_norm(x, *held, training=self.training))


def modular(*extra: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5), nn.GELU(), *extra)


def taped(net: nn.Module, x: torch.Tensor, train: bool) -> tuple[np.ndarray, list[Entry]]:
    randomise(net, 1)
    net.train(train)
    tape = Tape(net)
    with tape:
        y = net(x)
    seen = {k: v.numpy() if torch.is_tensor(v) else v for k, v in tape.evidence().items()}
    return y.detach().numpy(), read_tape(seen)


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize(
    "make", [modular, Functional, lambda: Functional(torch.batch_norm)], ids=["nn", "F", "torch"]
)
def test_every_style_is_replayed(make, train):
    x = torch.randn(4, 3, 6, 6)
    y, tape = taped(make(), x, train)
    norms = assert_convolutions("Conv", x.numpy(), 5, y, tape, train)
    if train:
        assert_running_statistics("Conv", norms)


WRONG = {
    "no gelu": (
        nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5)),
        "the GELU after BatchNorm is missing",
    ),
    "relu": (
        nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU()),
        "ReLU is used in place of GELU",
    ),
    "kernel": (
        nn.Sequential(nn.Conv2d(3, 5, 5, padding=2), nn.BatchNorm2d(5), nn.GELU()),
        r"expected \(5, 3, 3, 3\)",
    ),
    "no norm": (nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.GELU()), "runs 0 BatchNorm"),
    "padding": (
        nn.Sequential(
            nn.Conv2d(3, 5, 3, padding=1, padding_mode="circular"), nn.BatchNorm2d(5), nn.GELU()
        ),
        "not applied to its input",
    ),
    "more": (modular(nn.Sigmoid()), "not the GELU of its last BatchNorm"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_blocks_are_told(name):
    net, message = WRONG[name]
    x = torch.randn(4, 3, 6, 6)
    y, tape = taped(net, x, False)
    with pytest.raises(CheckFailed, match=message):
        assert_convolutions("Conv", x.numpy(), 5, y, tape, False)


PRODUCTS = {
    "matmul": lambda x, a: x @ a,
    "einsum": lambda x, a: torch.einsum("ni,io->no", x, a),
    "einsum, weight first": lambda x, a: torch.einsum("oi,ni->no", a.T, x),
}


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)
def test_a_matrix_product_with_a_bias_of_its_own_is_a_linear_layer(product):
    class ByHand(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Parameter(torch.randn(3, 5)), nn.Parameter(torch.randn(5))
            self.last = nn.Linear(5, 5)

        def forward(self, x):
            return self.last(functional.gelu(product(x, self.a) + self.b))

    x = torch.randn(4, 3)
    y, tape = taped(ByHand(), x, False)
    assert_fc_block(x.numpy(), 5, y, tape)
    with pytest.raises(CheckFailed, match="second Linear"):
        assert_fc_block(x.numpy(), 5, y + 0.01, tape)


def test_nan_is_close_to_nothing():
    nan = np.full(3, np.nan)
    assert not close(nan, nan)
    assert not close(nan, np.zeros(3))
    assert not close(np.zeros((3, 1)), np.zeros(3))


def test_a_tape_of_layers_that_nobody_asked_for_is_not_replayed():
    wide = nn.Conv2d(3, 1200, 3, padding=1)
    with pytest.raises(CheckFailed, match=r"hold 5,[0-9,]+ numbers.*is the width of each layer"):
        taped(nn.Sequential(wide, nn.BatchNorm2d(1200)), torch.randn(2, 3, 28, 28), train=False)
