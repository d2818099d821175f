"""`--fast` gives what the plain run gives, up to rounding; what would be wrong is left alone."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread")

LOOPS = {"denoiser": ["--lr", 1e-3], "time": ["--num-ts", 5], "class": ["--num-ts", 5]}
BF16 = 0.02  # 8 bits of mantissa are 0.004 a number; the losses of a few steps gather some of it


@pytest.fixture
def fast(diffusion) -> object:
    import diffusion.runs.fast

    return diffusion.runs.fast


@pytest.fixture
def trained(diffusion) -> nn.Module:
    """A class-conditional net whose running statistics are no longer 0 and 1."""
    import diffusion.unet

    torch.manual_seed(1)
    net = diffusion.unet.ClassConditionalUNet(1, 10, 4)
    for _ in range(5):
        net(torch.rand(16, 1, 28, 28), torch.randint(10, (16,)), torch.rand(16))
    return net


def losses(run: Path) -> torch.Tensor:
    return torch.tensor(json.loads((run / "curves.json").read_text())["batch_loss"])


def largest(error: torch.Tensor, of: torch.Tensor) -> float:
    return (error.abs().max() / of.abs().max()).item()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, BF16)])
@pytest.mark.parametrize("preset", LOOPS)
def test_a_fast_run_has_the_losses_of_the_plain_one(
    command, fast, monkeypatch, tmp_path, preset, dtype, tolerance
):
    monkeypatch.setattr(fast, "precision", lambda device: dtype)
    command(preset, "--epochs", 2, *LOOPS[preset], "--name", "plain")
    assert command(preset, "--epochs", 2, *LOOPS[preset], "--name", "fast", "--fast").status == 0
    plain, quick = losses(tmp_path / "plain"), losses(tmp_path / "fast")
    assert largest(quick - plain, plain) <= tolerance
    assert (dtype == torch.float32) or not torch.equal(quick, plain)


def test_a_fast_run_resumes_bit_for_bit_and_not_as_a_plain_one(command, tmp_path):
    command("denoiser", "--epochs", 1, "--name", "parts", "--fast")
    said = command("denoiser", "--epochs", 2, "--name", "parts")
    assert said.status == 2 and "was started with fast True, not False" in said
    assert "continue it with --fast, or start a new run with --no-fast and another" in said
    assert command("denoiser", "--epochs", 2, "--name", "parts", "--fast").status == 0
    command("denoiser", "--epochs", 2, "--name", "whole", "--fast")
    assert torch.equal(losses(tmp_path / "parts"), losses(tmp_path / "whole"))


def test_adam_is_fused_within_and_no_longer_after(fast, diffusion):
    def step() -> dict:
        net = nn.Linear(2, 1)
        optimizer = torch.optim.Adam(net.parameters())
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        return optimizer.param_groups[0]

    with fast.fast_training(diffusion.training, nn.Conv2d(1, 1, 3)):
        assert step()["fused"]
    assert not step()["fused"]


def test_losses_come_back_as_they_were_even_after_an_error(fast, diffusion):
    before = diffusion.training.ddpm_forward
    with (
        pytest.raises(ZeroDivisionError),
        fast.fast_training(diffusion.training, nn.Conv2d(1, 1, 3)),
    ):
        assert diffusion.training.ddpm_forward is not before
        raise ZeroDivisionError
    assert diffusion.training.ddpm_forward is before


@pytest.mark.parametrize("seed", [None, 7])
def test_resident_digits_come_in_the_order_of_the_loader(fast, seed):
    digits = torch.utils.data.TensorDataset(torch.rand(21, 1, 2, 2), torch.arange(21))

    def seen(fashion) -> list[torch.Tensor]:
        own = None if seed is None else torch.Generator().manual_seed(seed)
        loader = torch.utils.data.DataLoader(digits, 4, shuffle=True, generator=own)
        torch.manual_seed(3)
        loader = fashion(loader)
        return [torch.cat([part.flatten() for part in b]) for _ in range(2) for b in loader]

    plain, quick = seen(lambda loader: loader), seen(partial(fast.resident, device="cpu"))
    assert len(plain) == 12
    assert all(torch.equal(one, other) for one, other in zip(plain, quick, strict=True))


def test_a_loop_finds_the_loader_of_fast_as_it_knows_loaders(fast):
    digits = torch.utils.data.TensorDataset(torch.rand(21, 1, 2, 2), torch.arange(21))
    loader = torch.utils.data.DataLoader(digits, 4, shuffle=True)
    quick = fast.resident(loader, "cpu")
    assert (quick.batch_size, len(quick), len(quick.dataset)) == (4, 6, 21)
    (x, c), (image, label) = next(iter(quick)), quick.dataset[5]
    assert x.shape == (4, 1, 2, 2) and c.shape == (4,)
    assert torch.equal(image, digits[5][0]) and label == 5


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, BF16)])
def test_samples_of_a_folded_net_are_those_of_the_net(fast, diffusion, trained, dtype, tolerance):
    schedule, c = diffusion.ddpm.ddpm_schedule(1e-4, 0.02, 10), torch.arange(6)
    net = fast.SamplingNet(trained, dtype)
    plain, _ = diffusion.cfg.ddpm_cfg_sample(trained, schedule, c, (28, 28), 10)
    quick, caches = diffusion.cfg.ddpm_cfg_sample(net, schedule, c, (28, 28), 10)
    assert net.folded == 17  # all of them
    assert not any(isinstance(m, nn.BatchNorm2d) for m in net.modules())
    assert quick.dtype == caches.dtype == torch.float32
    assert largest(quick - plain, plain) <= tolerance
    assert any(isinstance(m, nn.BatchNorm2d) for m in trained.modules())  # a copy was folded


class Reused(nn.Module):
    """Nets in which folding would be wrong, and some in which it is right."""

    def __init__(self, way: str):
        super().__init__()
        self.way = way
        self.conv1, self.conv2 = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 3, padding=1)
        self.norm1, self.norm2 = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
        for norm in (self.norm1, self.norm2):
            norm.running_mean.fill_(0.5)
            norm.running_var.fill_(3)
        if way == "transposed in groups":
            self.conv1, self.norm1 = nn.ConvTranspose2d(2, 2, 1, groups=2), nn.BatchNorm2d(2)
        elif way == "weight computed":
            nn.utils.parametrizations.weight_norm(self.conv2)
        elif way == "two names":
            self.body = nn.Sequential(self.conv1, self.norm1)

    def train(self, mode=True):
        super().train(mode)
        if self.way == "always in training":
            self.norm2.train()
        return self

    def forward(self, x):
        if self.way == "two names":
            return self.norm2(self.conv2(self.body(x)))
        if self.way == "by keyword":
            return self.norm2(input=self.conv2(input=self.norm1(input=self.conv1(input=x))))
        if self.way == "transposed in groups":
            return self.norm1(self.conv1(x.expand(-1, 2, -1, -1)))
        if self.way == "another branch":
            y = self.conv1(x)
            return self.norm1(y) if x.mean() > 0.5 else self.norm2(y)
        if self.way == "kept":
            self.activation = self.conv1(x)
            return self.norm1(self.activation) + self.norm2(self.conv2(x))
        if self.way == "one conv twice":
            return self.norm1(self.conv1(self.norm2(self.conv1(x))))
        if self.way == "one norm twice":
            return self.norm1(self.conv2(self.norm1(self.conv1(x))))
        y = self.conv1(x)
        if self.way == "conv also read elsewhere":
            return self.norm1(y) + y
        if self.way == "norm first":
            return self.conv2(self.norm1(x))
        return self.norm2(self.conv2(torch.relu(self.norm1(y))))


@pytest.mark.parametrize(
    ("way", "folded"),
    [
        *((way, 0) for way in ("one conv twice", "one norm twice", "conv also read elsewhere")),
        ("norm first", 0),
        *((way, 0) for way in ("transposed in groups", "another branch")),
        *((way, 1) for way in ("weight computed", "always in training")),
        *((way, 2) for way in ("in a row", "by keyword", "two names", "kept")),
    ],
)
def test_what_may_not_be_folded_is_left_as_it_is(fast, way, folded):
    net, x = Reused(way).eval(), torch.linspace(0.1, 1, 32).reshape(2, 1, 4, 4)
    net(x)  # as training has called it
    quick = fast.SamplingNet(net, torch.float32)
    for given in (x, x / 2):
        assert torch.allclose(quick(given), net(given), atol=1e-5)
    assert quick.folded == folded
    left = sum(isinstance(module, nn.BatchNorm2d) for module in quick.modules())
    assert left == sum(isinstance(module, nn.BatchNorm2d) for module in net.modules()) - folded


def test_a_net_for_sampling_stays_in_eval_mode(fast, trained):
    net = fast.SamplingNet(trained)
    net.train()
    assert not any(module.training for module in net.modules())


def test_bfloat16_is_taken_where_the_processor_has_it(fast, monkeypatch):
    cpu = torch.device("cpu")
    for has in (True, False):
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
            monkeypatch.setattr(torch.cpu, name, lambda has=has: has, raising=False)
        assert fast.precision(cpu) is (torch.bfloat16 if has else torch.float32)
    assert fast.precision(torch.device("mps")) is torch.float32


def test_a_dry_run_times_the_fast_way(command):
    said = command("class", "--num-ts", 5, "--fast", "--dry-run")
    assert said.status == 0 and "fast: true" in said and "Nothing was trained" in said
