"""A row's samples in batches, each kept in a file: an interrupted table goes on where it was."""

import hashlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from autograder.experiments.metrics.sampling import (
    BATCH,
    FEW,
    batch_seed,
    grey_levels,
    read_batch,
)
from autograder.experiments.output import write_output

from .drawing import Nets
from .rows import PRESETS, Row

Advance = Callable[[float], object]


@dataclass(frozen=True)
class Drawn:
    """The samples of a row.

    Attributes:
        images: (N, 28, 28) float32 in [0, 1].
        seconds: spent on all of them: of this process's computing on a CPU, else of the clock.
        calls: of the net for one image, as counted; None where all were kept from before.
    """

    images: np.ndarray
    seconds: float
    calls: float | None


class Keeper:
    """Draws the batches of a row that are not there yet.

    Args:
        nets: what draws.
        seed: of all samples; every row has the same starting noise.
        folder: for the finished batches; made if it is not there.
        batch: images at once; by default what suits the device.
    """

    def __init__(self, nets: Nets, seed: int, folder: Path, batch: int | None = None):
        self.nets, self.seed, self.folder = nets, seed, folder
        self.batch = batch or BATCH.get(nets.device.type, FEW)

    def left(self, row: Row, classes: np.ndarray) -> int:
        """How many of the images (one for each class) of a row are not kept yet."""
        return sum(
            len(part)
            for path, _, part in self._batches(row, classes)
            if _read(path, len(part)) is None
        )

    def draw(self, row: Row, classes: np.ndarray, advance: Advance = lambda calls: None) -> Drawn:
        """One image for each class, (N,) int64.

        Args:
            advance: called after each call of the net with the number of its images.

        Raises:
            UserError: the samples are not finite, or the folder cannot be written.
        """
        images, seconds, called, drawn = [], 0.0, 0, 0

        def count(net: object, given: tuple, output: torch.Tensor) -> None:
            nonlocal called
            called += len(output)
            advance(len(output))

        for path, seed, part in self._batches(row, classes):
            kept = _read(path, len(part))
            if kept is None:
                c, began = torch.from_numpy(part), self._clock()
                with self.nets.net(row).register_forward_hook(count):
                    x_0 = self.nets.draw(row, c, seed)
                kept = grey_levels(x_0), self._clock() - began
                buffer = io.BytesIO()
                np.savez_compressed(buffer, images=kept[0], seconds=kept[1])
                write_output(path, buffer.getvalue())
                drawn += len(part)
            images.append(kept[0])
            seconds += kept[1]
        calls = called / drawn if drawn else None
        return Drawn(np.concatenate(images).astype(np.float32) / 255, seconds, calls)

    def _batches(self, row: Row, classes: np.ndarray) -> list[tuple[Path, int, np.ndarray]]:
        """File, seed and classes of each batch."""
        batches = []
        for number, first in enumerate(range(0, len(classes), self.batch)):
            part = classes[first : first + self.batch]
            seed = batch_seed(self.seed, "score", number)
            key = self._key(row, part, seed)
            batches.append((self.folder / f"{row.name}-{number:03}-{key}.npz", seed, part))
        return batches

    def _key(self, row: Row, classes: np.ndarray, seed: int) -> str:
        """Changes as soon as anything that makes the samples does."""
        net, settings = self.nets.net(row), self.nets.run(row).settings
        schedule = [getattr(settings, name, None) for name in ("beta_1", "beta_T", "num_ts")]
        facts = {
            "row": row.name,
            "guidance": self.nets.guidance,
            "schedule": schedule,
            "weights": self.nets.digests[PRESETS[row.method]],
            "device": self.nets.device.type,
            "precision": str(net.dtype),
            "classes": classes.tolist(),
            "batch_seed": seed,
        }
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    def _clock(self) -> float:
        """Seconds; on a CPU those that this process computed, whatever else the machine does."""
        if self.nets.device.type == "cuda":
            torch.cuda.synchronize(self.nets.device)
        return time.process_time() if self.nets.device.type == "cpu" else time.perf_counter()


def _read(path: Path, count: int) -> tuple[np.ndarray, float] | None:
    """Images (count, 28, 28) uint8 and seconds of a finished batch; None without a whole one."""
    images = read_batch(path, count)
    if images is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return images, float(arrays["seconds"])
    except Exception:  # whatever reading a damaged file runs into
        return None
