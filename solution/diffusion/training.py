"""Training loops (see the handout), and checkpoints between epochs.

`train_denoiser` is an example. Each loop reads the loader once in each epoch
and adds noise to each batch, so that no two epochs have the same noise.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from .cfg import ddpm_cfg_forward
from .ddpm import ddpm_forward
from .denoiser import denoising_loss
from .edm import edm_loss  # noqa: F401  # for: edm_loss
from .flow import flow_cfg_forward  # noqa: F401  # for: flow_cfg
from .flow import flow_forward  # noqa: F401  # for: flow

Tensor = torch.Tensor
Curves = dict[str, list[float]]
OnEpoch = Callable[[int, nn.Module], object]

# ---------------------------------------------------------------------------------- given helpers


def save_checkpoint(run_dir, epoch, unet, optimizer, scheduler, curves, loader=None) -> None:
    """Write run_dir/checkpoint.pt after epoch number `epoch` (1-based).

    The file is complete or not there: if a run stops while writing, it keeps its last checkpoint.
    Without run_dir nothing is written.
    """
    if run_dir is None:
        return
    own = getattr(loader, "generator", None)
    state = {
        "epoch": epoch,
        "curves": curves,
        "model": unet.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict() if scheduler else None,
        "rng": {
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
            "numpy": _numpy_rng_state(),
            "loader": own.get_state() if own is not None else None,
        },
    }
    path = Path(run_dir) / "checkpoint.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".tmp")
    torch.save(state, half_written)
    half_written.replace(path)


def load_checkpoint(run_dir, unet, optimizer, scheduler, curves, loader=None) -> int:
    """Restore what `save_checkpoint` wrote, `curves` too; return the number of finished epochs.

    Without run_dir, or without a checkpoint in it, nothing changes and the result is 0.
    """
    path = Path(run_dir) / "checkpoint.pt" if run_dir is not None else None
    if path is None or not path.is_file():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    unet.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    if scheduler:
        scheduler.load_state_dict(state["scheduler"])
    curves.update(state["curves"])
    rng = state["rng"]
    torch.set_rng_state(rng["torch"])
    if torch.cuda.is_available() and len(rng["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(rng["cuda"])
    name, keys, *rest = rng["numpy"]
    np.random.set_state((name, keys.numpy(), *rest))
    own = getattr(loader, "generator", None)
    if rng["loader"] is not None and own is not None:
        own.set_state(rng["loader"])
    return state["epoch"]


def _numpy_rng_state() -> tuple:
    name, keys, *rest = np.random.get_state()
    return (name, torch.from_numpy(np.asarray(keys, dtype=np.int64)), *rest)


def report_epoch(on_epoch: OnEpoch | None, epoch: int, unet: nn.Module) -> None:
    """Call on_epoch(epoch, unet), if there is one, without an effect on the training.

    on_epoch may sample and seed: the random state and the mode of the net are restored after it.
    """
    if on_epoch is None:
        return
    training = unet.training
    numpy_state = np.random.get_state()
    with torch.random.fork_rng():
        on_epoch(epoch, unet)
    np.random.set_state(numpy_state)
    unet.train(training)


# ------------------------------------------------------------------------------- a worked example


def train_denoiser(
    unet: nn.Module,
    loader: DataLoader,
    sigma: float,
    num_epochs: int,
    lr: float,
    run_dir: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
) -> Curves:
    """Train the one-step denoiser with Adam.

    Handout, part 1.4: sigma 0.5, lr 1e-4, batch 256, 5 epochs, D 128.

    Args:
        unet: trained in place, on the device of its weights.
        loader: yields (images, labels).
        sigma: standard deviation of the noise.
        num_epochs: epochs in total, those before a resume included.
        lr: learning rate of Adam.
        run_dir: folder for the checkpoint of each epoch; training resumes from a checkpoint there.
        on_epoch: called as on_epoch(epoch, unet) after each epoch, epoch = 1, 2, ...

    Returns:
        {"batch_loss": one number per batch, "epoch_loss": the mean over each epoch's batches}.
    """
    device = next(unet.parameters()).device
    optimizer = torch.optim.Adam(unet.parameters(), lr=lr)
    curves = {"batch_loss": [], "epoch_loss": []}
    epochs_done = load_checkpoint(run_dir, unet, optimizer, None, curves, loader)
    for epoch in range(epochs_done + 1, num_epochs + 1):
        unet.train()
        losses = []
        for x, _ in loader:
            loss = denoising_loss(unet, x.to(device), sigma)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curves["batch_loss"] += losses
        curves["epoch_loss"].append(sum(losses) / len(losses))
        save_checkpoint(run_dir, epoch, unet, optimizer, None, curves, loader)
        report_epoch(on_epoch, epoch, unet)
    return curves


# for: flow flow_cfg one-step-loss edm_loss edm-steps
def train_with(
    loss_of: Callable[[nn.Module, Tensor, Tensor], Tensor],
    unet: nn.Module,
    loader: DataLoader,
    num_epochs: int,
    lr: float,
    run_dir: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
) -> Curves:
    """Train any net by any loss, as `train_denoiser` does: with Adam and one learning rate.

    Handout, part 4. Arguments and result are those of `train_denoiser`.

    Args:
        loss_of: called as loss_of(unet, x, c) with the images and labels of a batch.
    """
    device = next(unet.parameters()).device
    optimizer = torch.optim.Adam(unet.parameters(), lr=lr)
    curves = {"batch_loss": [], "epoch_loss": []}
    epochs_done = load_checkpoint(run_dir, unet, optimizer, None, curves, loader)
    for epoch in range(epochs_done + 1, num_epochs + 1):
        unet.train()
        losses = []
        for x, labels in loader:
            loss = loss_of(unet, x.to(device), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curves["batch_loss"] += losses
        curves["epoch_loss"].append(sum(losses) / len(losses))
        save_checkpoint(run_dir, epoch, unet, optimizer, None, curves, loader)
        report_epoch(on_epoch, epoch, unet)
    return curves


# end for
# for: one-step-loss
def one_step_loss(unet: nn.Module, x: Tensor) -> Tensor:
    """The loss of a net that makes digits x (N, 1, H, W) of pure noise in one step (part 4.4)."""
    return nn.functional.mse_loss(unet(torch.randn_like(x)), x)


# end for
# ------------------------------------------------------------------------------------ your loops


def train_ddpm(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    loader: DataLoader,
    num_ts: int,
    num_epochs: int,
    lr: float,
    run_dir: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
) -> Curves:
    """Train the time-conditional UNet (handout: T 300, lr 1e-3, batch 128, 20 epochs, D 64).

    Use Adam; after each epoch the learning rate decays: `ExponentialLR` with
    gamma = 0.1 ** (1 / num_epochs). Arguments and result are those of `train_denoiser`, with
    `schedule`, on the net's device, and T = `num_ts`.
    """
    device = next(unet.parameters()).device
    curves = {"batch_loss": [], "epoch_loss": []}
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(unet.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.1 ** (1 / num_epochs))
    ### END SOLUTION
    epochs_done = load_checkpoint(run_dir, unet, optimizer, scheduler, curves, loader)
    for epoch in range(epochs_done + 1, num_epochs + 1):
        losses = []
        ### BEGIN SOLUTION
        unet.train()
        for x, _ in loader:
            loss = ddpm_forward(unet, schedule, x.to(device), num_ts)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        ### END SOLUTION
        curves["batch_loss"] += losses
        curves["epoch_loss"].append(sum(losses) / len(losses))
        save_checkpoint(run_dir, epoch, unet, optimizer, scheduler, curves, loader)
        report_epoch(on_epoch, epoch, unet)
    return curves


def train_ddpm_cfg(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    loader: DataLoader,
    num_ts: int,
    num_epochs: int,
    lr: float,
    p_uncond: float,
    run_dir: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
) -> Curves:
    """Train the class-conditional UNet with dropped classes (handout, part 3.4: p_uncond 0.1).

    Use Adam; after each epoch the learning rate decays: `ExponentialLR` with
    gamma = 0.1 ** (1 / num_epochs). Arguments and result are those of `train_denoiser`, with
    `schedule`, on the net's device, and T = `num_ts`; `loader` yields (images, labels) and
    `p_uncond` is passed to `ddpm_cfg_forward`.
    """
    ### BEGIN SOLUTION
    device = next(unet.parameters()).device
    optimizer = torch.optim.Adam(unet.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.1 ** (1 / num_epochs))
    curves = {"batch_loss": [], "epoch_loss": []}
    epochs_done = load_checkpoint(run_dir, unet, optimizer, scheduler, curves, loader)
    for epoch in range(epochs_done + 1, num_epochs + 1):
        unet.train()
        losses = []
        for x, c in loader:
            x, c = x.to(device), c.to(device)
            loss = ddpm_cfg_forward(unet, schedule, x, c, p_uncond, num_ts)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        curves["batch_loss"] += losses
        curves["epoch_loss"].append(sum(losses) / len(losses))
        save_checkpoint(run_dir, epoch, unet, optimizer, scheduler, curves, loader)
        report_epoch(on_epoch, epoch, unet)
    return curves
    ### END SOLUTION
