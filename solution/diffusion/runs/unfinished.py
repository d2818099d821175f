# for: denoiser train_ddpm train_ddpm_cfg
"""The epoch in which a run is: saved every minute, so that a stopped run goes on from there.

Its checkpoint, runs/NAME/unfinished/checkpoint.pt, is one of `save_checkpoint`, with what the epoch
needs in place of curves: its losses so far, and the random state that shuffled its batches.
"""

import shutil
import time
from collections.abc import Iterable, Iterator
from types import ModuleType

import torch
from torch import nn

from .folder import RunFolder
from .progress import Watch
from .settings import Problem

EVERY = 60  # seconds
FOLDER = "unfinished"


class Unfinished:
    """Saves and restores the epoch in which the loops of `training` are.

    Args:
        training: the module with the loops, which calls the two functions of checkpoints by name.
        folder: of the run.
        watch: counts the batches of the loop, and holds the losses of its epoch.
    """

    def __init__(self, training: ModuleType, folder: RunFolder, watch: Watch):
        self.save, self.load = training.save_checkpoint, training.load_checkpoint
        self.folder, self.watch = folder, watch
        self.path = folder.path / FOLDER / "checkpoint.pt"
        self.loop: tuple = ()  # net, optimizer and scheduler, once the loop has asked to resume
        self.order = torch.get_rng_state()  # before the batches of the epoch were shuffled
        self.batches, self.losses = 0, []  # of the epoch before the interruption
        self.passed = 0  # batches to pass over in the next epoch of the loop
        self.kept = 0  # batches of the epoch that a checkpoint holds
        self.saved = time.monotonic()

    def check(self, unet: nn.Module) -> int:
        """How many batches of the epoch are saved; 0 if none of the one that comes next.

        Raises:
            Problem: the checkpoint is damaged, or of another net or other digits.
        """
        state = self.folder.state_of(self.path, unet)
        if state is None or state["epoch"] != self.watch.done:
            return 0
        held = state["curves"]
        if held["of"] != self.watch.batches:
            raise Problem(
                f"{self.path} is of an epoch of {held['of']} batches, but there are "
                f"{self.watch.batches}: provide the same digits (MNIST or its subset), or choose "
                "another --name."
            )
        return held["batches"]

    def resume(self, unet: nn.Module, optimizer: object, scheduler: object) -> None:
        """After the loop has read the checkpoint of an epoch: go on to where it was stopped."""
        self.loop = unet, optimizer, scheduler
        self.kept = self.check(unet)
        if not self.kept:
            return
        held: dict = {}
        self.load(self.path.parent, *self.loop, held)
        self.order, self.losses = held["order"], held["losses"]
        self.batches = self.passed = held["batches"]

    def batches_of(self, loader: Iterable) -> Iterator:
        """The batches of an epoch; of one that goes on, those that are left, in the same order."""
        passed, self.passed = self.passed, 0
        if not passed:
            self.order = torch.get_rng_state()
            yield from loader
            return
        now = torch.get_rng_state()
        torch.set_rng_state(self.order)
        left = iter(loader)
        for _ in range(passed):
            next(left)
        torch.set_rng_state(now)
        self.watch.batch, self.watch.losses = passed, [*self.losses]
        yield from left

    def after_batch(self) -> None:
        """Save the epoch if the last time was a minute ago."""
        watch = self.watch
        if not self.loop or time.monotonic() - self.saved < EVERY or watch.batch >= watch.batches:
            return
        watch.check_weights()
        held = {"of": watch.batches, "batches": watch.batch, "losses": watch.losses}
        with self.folder.writing(f"checkpoint of epoch {watch.done + 1}"):
            self.save(self.path.parent, watch.done, *self.loop, held | {"order": self.order})
        self.kept, self.saved = watch.batch, time.monotonic()

    def complete(self, curves: dict[str, list[float]]) -> None:
        """At the end of an epoch: put the losses that the loop has not seen into its curves."""
        of_batches, of_epochs = (curves.get(name) for name in ("batch_loss", "epoch_loss"))
        if self.losses and of_batches and of_epochs:
            began = len(of_batches) - (self.watch.batches - self.batches)
            of_batches[began:began] = self.losses
            of_epochs[-1] = sum(of_batches[began:]) / len(of_batches[began:])
        self.batches, self.losses = 0, []

    def forget(self) -> None:
        """Delete the checkpoint: its epoch has ended, or has diverged."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        self.kept, self.saved = 0, time.monotonic()

# end for
