"""Samples in batches, each kept in a file: what was drawn once is not drawn again.

Samples are rounded to 256 grey levels, as MNIST's own digits are and as a picture file would.
"""

import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from autograder.config.files import write_bytes_whole
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import Run

from .problem import Unusable

PURPOSES = ("score", "search")
BATCH = {"cuda": 1000}  # images at once; FEW on other devices, where a batch takes long
FEW = 250


class Progress(Protocol):
    """Who wants to know how far the samples are."""

    def advance(self, images: float) -> None:
        """So many images more have been drawn; a part of an image for one of its steps."""

    def skip(self, images: int) -> None:
        """So many images need not be drawn."""


class Sampler:
    """Draws from the net of a run with the reference's own samplers."""

    def __init__(
        self,
        run: Run,
        epoch: int,
        device: torch.device,
        seed: int,
        folder: Path,
        progress: Progress,
    ):
        """
        Args:
            seed: of all samples; those of another purpose have other noise.
            folder: for the finished batches; made if it is not there.
        """
        self.run, self.seed, self.folder, self.device = run, seed, folder, device
        self.batch = BATCH.get(device.type, FEW)
        self.net = reference("runs.fast").SamplingNet(run.net(epoch, device))
        self.weights = weights_digest(self.net.unet)
        self.precision = str(self.net.dtype).removeprefix("torch.")
        self._schedule = run.schedule(device)
        self.progress, self._images = progress, 0
        self.net.register_forward_hook(lambda *_: self._one_call())

    def draw(self, classes: np.ndarray, purpose: str, guidance: float | None = None) -> np.ndarray:
        """One image for each class; a net without classes draws as many.

        Args:
            classes: (N,) int64.
            purpose: "score" or "search".
            guidance: for a net with classes.

        Returns:
            (N, 28, 28) float32 in [0, 1].

        Raises:
            Unusable: what the net draws is not finite.
            OSError: the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        batches = [
            self._batch(classes[first : first + self.batch], purpose, guidance, number)
            for number, first in enumerate(range(0, len(classes), self.batch))
        ]
        return np.concatenate(batches).astype(np.float32) / 255

    def _batch(
        self, classes: np.ndarray, purpose: str, guidance: float | None, number: int
    ) -> np.ndarray:
        seed = batch_seed(self.seed, purpose, number)
        path = self.folder / self._name(classes, purpose, guidance, number, seed)
        kept = read_batch(path, len(classes))
        if kept is not None:
            self.progress.skip(len(classes))
            return kept
        self._images = len(classes)
        x_0 = self._sample(classes, guidance, seed)
        if not np.isfinite(x_0).all():
            raise Unusable(
                f"{self.run.path}: its samples are not finite numbers; the training has diverged, "
                "train it anew with a smaller --lr"
            )
        images = np.rint(x_0.clip(0, 1) * 255).astype(np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, images=images)
        write_bytes_whole(path, buffer.getvalue())
        return images

    def _sample(self, classes: np.ndarray, guidance: float | None, seed: int) -> np.ndarray:
        T = self.run.settings.num_ts
        if self.run.conditional:
            x_0, _ = reference("cfg").ddpm_cfg_sample(
                self.net, self._schedule, torch.from_numpy(classes), (28, 28), T, guidance, seed
            )
        else:
            x_0, _ = reference("ddpm").ddpm_sample(
                self.net, self._schedule, len(classes), (28, 28), T, seed
            )
        return x_0[:, 0].cpu().numpy()

    def _name(self, classes, purpose, guidance, number, seed) -> str:
        """A file name that is another one as soon as anything that makes the samples is."""
        s = self.run.settings
        facts = {
            "weights": self.weights,
            "schedule": [s.beta_1, s.beta_T, s.num_ts],
            "classes": classes.tolist() if self.run.conditional else len(classes),
            "guidance": guidance,
            "seed": seed,
            "computed": [self.device.type, self.precision],
        }
        key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
        guided = "" if guidance is None else f"-w{guidance:g}"
        return f"{purpose}{guided}-{number:03}-{key}.npz"

    def _one_call(self) -> None:
        calls = self.run.settings.num_ts * (2 if self.run.conditional else 1)
        self.progress.advance(self._images / calls)


def batch_seed(seed: int, purpose: str, number: int) -> int:
    """A seed for one batch, a different one for each purpose; every guidance has the same noise."""
    mixed = np.random.SeedSequence([seed, PURPOSES.index(purpose), number])
    return int(mixed.generate_state(1, np.uint64)[0] >> 1)  # torch takes 63 bits everywhere


def weights_digest(net: nn.Module) -> str:
    """SHA-256 of all weights and buffers, in hexadecimal."""
    digest = hashlib.sha256()
    for name, held in net.state_dict().items():
        digest.update(name.encode())
        digest.update(held.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def read_batch(path: Path, count: int) -> np.ndarray | None:
    """A finished batch, (count, 28, 28) uint8; None where there is none, or a damaged one."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            images = held["images"]
    except (
        *(OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error),
        RuntimeError,  # of zipfile, where a damaged header names an encryption, say
    ):
        return None
    fits = images.shape == (count, 28, 28) and images.dtype == np.uint8
    return images if fits else None
