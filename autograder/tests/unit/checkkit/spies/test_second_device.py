"""The second device keeps torch's rules, so that right code passes and careless code does not."""

import pytest
import torch

from checkkit.spies.devices import ELSEWHERE, DeviceSpy, SecondDevice, is_elsewhere, put_elsewhere


@pytest.fixture
def x():
    return put_elsewhere(torch.rand(3, 1, 4, 4))


@pytest.fixture
def table():
    return torch.rand(9)


FINE = {
    "asks x where it is": lambda x, table: x + torch.randn(x.shape, device=x.device),
    "like x": lambda x, table: x + torch.randn_like(x),
    "in place": lambda x, table: x.new_empty(4).normal_() + x,
    "moved by device": lambda x, table: x + torch.randn(x.shape).to(x.device),
    "moved by keyword": lambda x, table: x + torch.randn(x.shape).to(device=x.device),
    "moved by tensor": lambda x, table: x + torch.randn(x.shape).to(x),
    "made of its type": lambda x, table: x + torch.randn(x.shape).type_as(x),
    "scalars of the CPU": lambda x, table: x * table[2] + float(x.mean()) * x,
    "an index of the CPU": lambda x, table: x[torch.tensor([2, 0])],
    "a table moved first": lambda x, table: (
        table.to(x.device)[torch.randint(9, (3,), device=x.device)] + x[:, 0, 0, 0]
    ),
    "a generator there": lambda x, table: (
        x + torch.randn(x.shape, generator=torch.Generator(x.device), device=x.device)
    ),
    "to the CPU and back": lambda x, table: (x.cpu() + torch.rand(4)).to(x.device) + x,
    "stacked": lambda x, table: torch.cat([x, torch.zeros_like(x)]),
    "image by image": lambda x, table: (
        torch.vmap(lambda a, b: a.sqrt() * b + x[0])(x, torch.rand_like(x)) + x
    ),
    "a gradient": lambda x, table: torch.func.grad(lambda a: (a * x).sum())(x) + x,
    "the CPU alone": lambda x, table: table + torch.rand(9),
}
CARELESS = {
    "noise of the CPU": lambda x, table: x + torch.randn(3, 1, 4, 4),
    "a table of the CPU, moved nowhere": lambda x, table: x * table[:3].view(-1, 1, 1, 1),
    "a table of the CPU at an index there": lambda x, table: table[
        torch.randint(9, (3,), device=x.device)
    ],
    "stacked": lambda x, table: torch.cat([x, torch.zeros(3, 1, 4, 4)]),
    "moved to the CPU": lambda x, table: x.to("cpu") + x,
    "a loss over both": lambda x, table: torch.nn.functional.mse_loss(x, torch.rand(x.shape)),
    "image by image": lambda x, table: torch.vmap(lambda a, b: a * b)(x, torch.rand(x.shape)),
    "NumPy": lambda x, table: x.numpy(),
}


@pytest.mark.parametrize("name", FINE)
def test_careful_code_runs(name, x, table):
    with SecondDevice("x_0"):
        FINE[name](x, table)
    assert not is_elsewhere(table)


@pytest.mark.parametrize("name", CARELESS)
def test_careless_code_raises(name, x, table):
    with SecondDevice("x_0"), pytest.raises((RuntimeError, TypeError), match="device"):
        CARELESS[name](x, table)


def test_the_net_notes_strangers_and_does_not_move():
    spy = DeviceSpy()
    with SecondDevice("x_0"):
        device = next(spy.parameters()).device
        assert device == ELSEWHERE
        x = torch.zeros(1, 1, 2, 2, device=device)
        spy(x, torch.ones(1, device=device), t=torch.tensor(0.5), mask=None)
        assert spy.to(device) is spy and not any(spy.evidence().values())
        spy.to("cpu")(torch.zeros(1, 1, 2, 2))
    assert spy.evidence() == {"images_on": "cpu", "conditions_on": "", "moved_to": "cpu"}


@pytest.mark.parametrize("how", ["by position", "by name"])
def test_the_net_notes_what_it_gets_on_the_cpu(how, x):
    spy, t = DeviceSpy(), torch.ones(3)
    with SecondDevice("x_0"):
        spy(x, t) if how == "by position" else spy(x, t=t)
    assert spy.evidence() == {"images_on": "", "conditions_on": "cpu", "moved_to": ""}
