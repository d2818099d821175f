# for: denoiser train_ddpm train_ddpm_cfg
"""Weights after chosen epochs, kept beside the checkpoint, for samples in a notebook later."""

import copy
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import nn

from .weights import weights_path, write_weights


class KeptWeights:
    """Pass it to a training loop as `on_epoch`: it keeps the net after some epochs, on disk.

    It prints how long each epoch takes. After an interruption it continues with the same files.

    Args:
        run_dir: folder of the run, as the loop gets it.
        unet: the net that is trained.
        epochs: those after which the weights are saved; the last one is always among them.
        num_epochs: epochs in total.
    """

    def __init__(
        self, run_dir: str | Path, unet: nn.Module, epochs: Iterable[int], num_epochs: int
    ):
        self.run_dir, self.unet, self.num_epochs = Path(run_dir), unet, num_epochs
        self.epochs = sorted({epoch for epoch in epochs if epoch < num_epochs} | {num_epochs})
        self.began = time.monotonic()
        checkpoint = self.run_dir / "checkpoint.pt"
        if checkpoint.is_file():
            state = torch.load(checkpoint, map_location="cpu", weights_only=True)
            self._check(state["model"])
            print(f"{self.run_dir}: continues after epoch {state['epoch']} of {num_epochs}.")
            path = self._path(state["epoch"])
            if state["epoch"] in self.epochs and not path.is_file():
                write_weights(path, state["model"])  # the run stopped between the two

    def __call__(self, epoch: int, unet: nn.Module) -> None:
        """Save the weights of this epoch if it is chosen; print the time that it took."""
        if epoch in self.epochs:
            write_weights(self._path(epoch), unet.state_dict())
        seconds, self.began = time.monotonic() - self.began, time.monotonic()
        left = seconds * (self.num_epochs - epoch) / 60
        then = f"about {left:.0f} min left" if left >= 1 else "nearly done" if left else "done"
        print(f"epoch {epoch} of {self.num_epochs}: {seconds:.0f} s, {then}", flush=True)

    def net(self, epoch: int) -> nn.Module:
        """The net after an epoch, in eval(), on the device of the trained net.

        Raises:
            FileNotFoundError: the epoch has not been trained, or its weights were not saved.
        """
        path = self._path(epoch)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: train first, for at least {epoch} epochs")
        unet = copy.deepcopy(self.unet)
        unet.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return unet.eval()

    def nets(self) -> dict[int, nn.Module]:
        """Epoch -> the net after it, for every epoch with saved weights."""
        return {epoch: self.net(epoch) for epoch in self.epochs if self._path(epoch).is_file()}

    def _path(self, epoch: int) -> Path:
        return weights_path(self.run_dir, epoch)

    def _check(self, weights: dict[str, torch.Tensor]) -> None:
        own = self.unet.state_dict()
        shapes = [{n: tuple(w.shape) for n, w in held.items()} for held in (own, weights)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{self.run_dir} has a checkpoint of another net, as your net or its size has "
                "changed. Delete this folder to train again, or use another folder for the run."
            )
# end for
