"""Two nets side by side: the same batches and noise, and what the command prints and draws."""

import importlib
import re
from functools import partial

import pytest
import torch

from checkkit.runs.better_unet import probe_waves

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture
def compare():
    """Both nets after some steps on the small subset."""
    digits = [module("data").mnist(half, subset=True) for half in (True, False)]
    ddpm = module("ddpm")
    schedule = ddpm.ddpm_schedule(1e-4, 0.02, 300)

    def compare(nets, **more):
        run = module("runs.comparing").compare
        loss = lambda net, x_0: ddpm.ddpm_forward(net, schedule, x_0, 300)  # noqa: E731
        return run(nets, loss, *digits, batch_size=16, **more)

    return compare


def test_equal_nets_have_equal_losses(compare):
    make = partial(module("better_unet").BetterUNet, 1, 16)
    found = compare({"one": make, "other": make}, steps=3)
    assert found["one"].losses == found["other"].losses
    assert found["one"].held_out == found["other"].held_out
    assert len(found["one"].losses) == 3 and found["one"].seconds > 0


def test_the_better_net_learns_faster(compare):
    plain = partial(module("unet").TimeConditionalUNet, 1, 16)
    better = partial(module("better_unet").BetterUNet, 1, 16)
    found = compare({"plain": plain, "better": better}, steps=60)
    assert found["better"].held_out < 0.85 * found["plain"].held_out


def test_the_average_of_the_weights_predicts_better(compare):
    make = partial(module("better_unet").BetterUNet, 1, 16)
    found = compare({"better": make}, steps=150, lr=5e-3)["better"]
    assert 0.8 * found.held_out < found.averaged < found.held_out


def test_the_moving_average_starts_with_the_first_weights_and_slows_down():
    average = module("runs.comparing")._moving_average
    one, zero = torch.ones(3), torch.zeros(3)
    assert torch.allclose(average(zero, one, 1), torch.full((3,), 20 / 21))
    assert torch.allclose(average(zero, one, 10**6), torch.full((3,), 1e-3))
    assert average(torch.tensor(3), torch.tensor(4), torch.tensor(1)).dtype == torch.int64


def test_the_command_prints_losses_times_and_ratios_and_draws(tmp_path, capsys):
    words = ["--subset", "--steps", "2", "--seeds", "2", "--batch-size", "4"]
    assert module("compare").main([*words, "--output", str(tmp_path), "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    number = r"\d+\.\d+"
    form = rf"held-out loss {number} plain, {number} better \(-?\d+ % lower\); "
    form += rf"time {number} s plain, {number} s better \({number} times\); "
    form += rf"with averaged weights {number} plain, {number} better"
    for line, begin in zip(lines, ("seed 0: ", "seed 1: ", "2 seeds: "), strict=False):
        assert re.fullmatch(begin + form, line), line
    assert (tmp_path / "21-better-loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("words", [["--steps", "0"], ["--lr", "0"], ["--device", "tpu"]])
def test_bad_requests_are_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        module("compare").main(words)
    assert ended.value.code == 2
    assert "numbers must be above 0" in capsys.readouterr().err


def test_waves_of_a_net_that_returns_its_input_come_back(diffusion):
    """So the probe measures the net's answer, not itself."""

    class Same(torch.nn.Module):
        def __init__(self, channels, width):
            super().__init__()

        def forward(self, x, t):
            return x

    package = type("", (), {"better_unet": type("", (), {"BetterUNet": Same})})
    x = torch.rand(2, 3, 1, 28, 28)
    found = probe_waves(package, sizes=[1, 16], weights_seeds=[1, 2], x=x, waves=x, t=x[0, :, 0])
    assert torch.allclose(found["differences"], 2 * x, atol=1e-6)
