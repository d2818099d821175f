"""Resuming: a run that dies and starts again ends as if nothing had happened, bit for bit.

For the three loops of the solution; students earn no points for it, but rely on it. What else is
given beside the loops, or with the worked example, and graded by no check is tested here too.
"""

import copy
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder.config.paths import REPOSITORY

SOLUTION = REPOSITORY.solution
LOOPS = ("train_denoiser", "train_ddpm", "train_ddpm_cfg")
T, EPOCHS = 10, 4


class Died(Exception):
    """What a run dies of here."""


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """The solution's training module, imported anew; whatever `diffusion` was there comes back."""
    others = {name: module for name, module in sys.modules.items() if _is_diffusion(name)}
    for name in others:
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(SOLUTION))
    import diffusion.training

    yield diffusion.training
    for name in [name for name in sys.modules if _is_diffusion(name)]:
        del sys.modules[name]
    sys.modules.update(others)


def _is_diffusion(name: str) -> bool:
    return name.partition(".")[0] == "diffusion"


class TinyNet(nn.Module):
    """BatchNorm (a state beside the weights) and dropout (a draw of its own in each step)."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.2), nn.GELU()),
            nn.Conv2d(4, 1, 3, padding=1),
        )

    def forward(self, x: torch.Tensor, *conditions: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


Run = Callable[..., tuple[dict, dict]]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest, training) -> Run:
    """run(num_epochs, run_dir, on_epoch, own_generator): one run from one start; (curves,
    weights).
    """
    loop = request.param

    def run(num_epochs=EPOCHS, run_dir=None, on_epoch=None, own_generator=False):
        torch.manual_seed(3)
        np.random.seed(3)
        net = TinyNet()
        generator = torch.Generator().manual_seed(5) if own_generator else None
        digits = TensorDataset(torch.rand(10, 1, 8, 8), torch.arange(10))
        loader = DataLoader(digits, batch_size=4, shuffle=True, generator=generator)
        if loop == "train_denoiser":
            given = (net, loader, 0.5, num_epochs, 1e-2)
        else:
            betas = torch.cat([torch.zeros(1), torch.linspace(1e-3, 0.2, T)])
            alpha_bars = (1 - betas).cumprod(0)
            schedule = {"betas": betas, "alphas": 1 - betas, "alpha_bars": alpha_bars}
            given = (net, schedule, loader, T, num_epochs, 1e-2)
            given += (0.1,) if loop == "train_ddpm_cfg" else ()
        curves = getattr(training, loop)(*given, run_dir=run_dir, on_epoch=on_epoch)
        return copy.deepcopy(curves), {k: v.clone() for k, v in net.state_dict().items()}

    return run


def die_after(epochs: int) -> Callable:
    def on_epoch(epoch, unet):
        if epoch == epochs:
            raise Died

    return on_epoch


def same(one: tuple[dict, dict], other: tuple[dict, dict]) -> bool:
    """Whether curves and weights agree to the last bit."""
    weights = one[1].keys() == other[1].keys() and all(
        torch.equal(one[1][name], other[1][name]) for name in one[1]
    )
    return one[0] == other[0] and weights


@pytest.mark.parametrize("own_generator", [False, True], ids=["global", "generator"])
@pytest.mark.parametrize("epochs_done", [1, 3])
def test_resumed_run_equals_the_uninterrupted_one(run, tmp_path, epochs_done, own_generator):
    whole = run(run_dir=tmp_path / "whole", own_generator=own_generator)
    with pytest.raises(Died):
        run(
            run_dir=tmp_path / "cut",
            on_epoch=die_after(epochs_done),
            own_generator=own_generator,
        )
    resumed = run(run_dir=tmp_path / "cut", own_generator=own_generator)
    assert same(resumed, whole)
    assert len(resumed[0]["epoch_loss"]) == EPOCHS
    assert len(resumed[0]["batch_loss"]) == 3 * EPOCHS


def test_checkpoints_do_not_change_the_training(run, tmp_path):
    assert same(run(run_dir=tmp_path), run())


def test_finished_run_is_not_trained_again(run, tmp_path):
    done = run(run_dir=tmp_path)
    assert same(run(run_dir=tmp_path), done)


def test_other_seeds_give_other_runs(run):
    """The comparison itself can fail."""
    assert not same(run(num_epochs=EPOCHS), run(num_epochs=EPOCHS - 1))


def test_sampling_in_on_epoch_does_not_disturb_the_training(run):
    def sample(epoch, unet):
        unet.eval()
        torch.manual_seed(0)
        np.random.seed(0)
        torch.randn(100), np.random.randn(100)

    assert same(run(on_epoch=sample), run())


def test_checkpoint_loads_with_weights_only(run, tmp_path):
    run(num_epochs=2, run_dir=tmp_path)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["epoch"] == 2
    assert set(state) >= {"model", "optimizer", "scheduler", "rng", "curves"}


def test_dying_while_writing_keeps_the_last_checkpoint(run, training, tmp_path, monkeypatch):
    with pytest.raises(Died):
        run(run_dir=tmp_path, on_epoch=die_after(2))
    before = (tmp_path / "checkpoint.pt").read_bytes()
    whole_save = torch.save

    def half_a_save(state, path):
        whole_save(state, path)
        Path(path).write_bytes(Path(path).read_bytes()[:100])
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(training.torch, "save", half_a_save)
        run(run_dir=tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert same(run(run_dir=tmp_path), run())


@pytest.mark.parametrize("num_epochs", [3, EPOCHS])
def test_curves_hold_a_loss_for_each_batch_and_their_mean_for_each_epoch(run, num_epochs):
    curves, _ = run(num_epochs=num_epochs)
    batches = np.reshape(curves["batch_loss"], (num_epochs, -1))
    assert batches.shape[1] == 3
    np.testing.assert_allclose(curves["epoch_loss"], batches.mean(1), rtol=1e-12)


def test_folder_of_the_run_is_made_with_those_above_it(run, tmp_path):
    run(num_epochs=1, run_dir=tmp_path / "runs" / "first")
    assert (tmp_path / "runs" / "first" / "checkpoint.pt").is_file()


def test_checkpoint_that_would_run_code_is_refused(run, tmp_path):
    torch.save({"epoch": Died}, tmp_path / "checkpoint.pt")
    with pytest.raises(pickle.UnpicklingError):
        run(run_dir=tmp_path)


@pytest.mark.parametrize("before", [True, False], ids=["without", "with"])
def test_loader_may_lose_or_gain_a_generator_of_its_own(run, tmp_path, before):
    run(num_epochs=1, run_dir=tmp_path, own_generator=before)
    curves, _ = run(num_epochs=2, run_dir=tmp_path, own_generator=not before)
    assert len(curves["epoch_loss"]) == 2


class Gpus:
    """As many GPUs as one likes, with nothing but a random state: the given code asks no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.states: list[torch.Tensor] = []
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(self.states))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(self.states))
        monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: list(self.states))
        monkeypatch.setattr(torch.cuda, "set_rng_state_all", self._put_back)

    def _put_back(self, states: list[torch.Tensor]) -> None:
        self.states = [state.clone() for state in states]

    def plug_in(self, *states: int) -> None:
        self.states = [torch.tensor([state], dtype=torch.uint8) for state in states]


@pytest.mark.parametrize(
    ("before", "after", "resumed"),
    [((1, 2), (3, 4), (1, 2)), ((1,), (3, 4), (3, 4)), ((1, 2), (3,), (3,)), ((), (3,), (3,))],
    ids=["same", "more", "fewer", "first"],
)
def test_random_states_of_gpus_come_back_to_as_many(
    training, tmp_path, monkeypatch, before, after, resumed
):
    net, gpus = TinyNet(), Gpus(monkeypatch)
    state = (net, torch.optim.Adam(net.parameters()), None, {})
    gpus.plug_in(*before)
    training.save_checkpoint(tmp_path, 1, *state)
    gpus.plug_in(*after)
    assert training.load_checkpoint(tmp_path, *state) == 1
    assert [int(state) for state in gpus.states] == list(resumed)
