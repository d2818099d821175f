"""The progress of a run: a bar on a terminal, else a line every ten seconds."""

import math
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sized
from typing import cast

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from .settings import Problem

BAR, LINE = 0.2, 10  # seconds between two states of the bar, and between two lines
RECENT = 50  # batches; the bar shows the mean of their losses


class Diverged(Problem):
    """A loss or a weight is not finite."""


class Watch:
    """Counts what a training loop does: its batches, its losses, its epochs."""

    def __init__(self, unet: nn.Module, loader: DataLoader, num_epochs: int, epochs_done: int):
        self.unet, self.num_epochs, self.done = unet, num_epochs, epochs_done
        self.batches, self.size = len(loader), digits_in(loader)
        self.batch = self.images = self.steps = 0
        self.seconds = 0.0  # inside the epochs of this session
        self.recent: deque[float] = deque(maxlen=RECENT)
        self.losses: list[float] = []  # of this epoch
        self.shown = time.monotonic()
        self.curves: dict[str, list[float]] | None = None  # as of the last checkpoint

    def see(self, loss: object) -> None:
        """Record the loss of a batch; the run ends if it is not finite.

        Raises:
            Problem: the loss is NaN or infinite.
        """
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            return
        value = loss.item()
        if not math.isfinite(value):
            raise self.diverged(f"the loss is {value}")
        self.recent.append(value)
        self.losses.append(value)

    def check_weights(self) -> None:
        """End the run before weights that are not finite are saved.

        Raises:
            Problem: a weight is NaN or infinite.
        """
        for name, value in self.unet.state_dict().items():
            if not torch.isfinite(value).all():
                raise self.diverged(f"{name} is not finite")

    def diverged(self, what: str) -> Diverged:
        where = f"epoch {self.done + 1}, batch {self.batch} of {self.batches}"
        kept = f"the checkpoint of epoch {self.done} is kept" if self.done else "nothing was saved"
        return Diverged(f"{where}: {what}; {kept}. Check the loss, or use a lower --lr.")

    def finish(self, epoch: int) -> dict[str, float]:
        """End an epoch: its number, mean loss (if there is one), and the speed so far."""
        seen = {"epoch": epoch, "loss": sum(self.losses) / len(self.losses)} if self.losses else {}
        self.done, self.losses = epoch, []
        speed = self.images / self.seconds if self.seconds else 0.0
        return {"epoch": epoch, **seen, "images_per_second": round(speed, 1)}

    def show(self, finished: bool = False) -> None:
        """Redraw or remove the bar; without a terminal, print a line if the last one is old."""
        now, terminal = time.monotonic(), sys.stderr.isatty()
        early = now - self.shown < (BAR if terminal else LINE)
        if not terminal if finished else early:
            return
        self.shown = now
        if not terminal:
            print(self.line(), flush=True)
            return
        filled = round(20 * self.batch / self.batches)
        bar = "█" * filled + "·" * (20 - filled) + " "
        text = "" if finished else self.line(bar)[: shutil.get_terminal_size().columns - 1]
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)

    def line(self, bar: str = "batch ") -> str:
        """Epoch, batch, loss, speed, and the time to the end of the run."""
        loss = f"loss {sum(self.recent) / len(self.recent):.4f}" if self.recent else "loss unknown"
        left = self.batches * (self.num_epochs - self.done) - self.batch
        pace = self.seconds / max(self.steps, 1)
        return (
            f"epoch {self.done + 1}/{self.num_epochs} {bar}{self.batch}/{self.batches}  {loss}  "
            f"{self.images / max(self.seconds, 1e-9):.0f} images/s  {clock(left * pace)} left"
        )


class Counted:
    """A loader that reports to a `Watch`, and otherwise behaves as the loader.

    Args:
        batches_of: gives the batches of an epoch of the loader.
        after_batch: called when the loop is done with a batch.
    """

    def __init__(
        self,
        loader: DataLoader,
        watch: Watch,
        batches_of: Callable[[DataLoader], Iterator] = iter,
        after_batch: Callable[[], object] = lambda: None,
    ):
        self._loader, self._watch = loader, watch
        self._batches_of, self._after_batch = batches_of, after_batch

    def __len__(self) -> int:
        return len(self._loader)

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def __iter__(self) -> Iterator:
        watch, began = self._watch, time.monotonic()
        watch.batch = 0
        for batch in self._batches_of(self._loader):
            watch.batch += 1
            yield batch
            now = time.monotonic()
            watch.seconds, began = watch.seconds + now - began, now
            watch.steps, watch.images = watch.steps + 1, watch.images + len(batch[0])
            watch.show()
            self._after_batch()
        watch.check_weights()
        watch.show(finished=True)


class Talking(DataLoader):
    """A loader that prints a line every ten seconds within an epoch, where there is no bar."""

    def __iter__(self) -> Iterator:
        began = shown = time.monotonic()
        for count, batch in enumerate(super().__iter__(), 1):
            yield batch
            now = time.monotonic()
            if now - shown >= LINE and count < len(self):
                shown, left = now, (now - began) / count * (len(self) - count)
                done = f"batch {count} of {len(self)}"
                print(f"  {done}; the epoch ends in {clock(left)}", flush=True)


def batches(digits: TensorDataset, batch_size: int) -> Talking:
    """`diffusion.data.batches` for a notebook, in which nothing else says how an epoch goes on."""
    return Talking(digits, batch_size=batch_size, shuffle=True)


def digits_in(loader: DataLoader) -> int:
    """How many digits a loader gives in an epoch."""
    return len(cast(Sized, loader.dataset))  # torch declares no length of a dataset


def clock(seconds: float) -> str:
    """1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
