"""Samples in batches, each kept in a file: what was drawn once is not drawn again.

Samples are rounded to 256 grey levels, as MNIST's own digits are and as a picture file would.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.experiments.output import write_output
from autograder.experiments.trained_runs.inference import sample
from autograder.experiments.trained_runs.run import Run
from autograder.progress import Progress

PURPOSES = ("score", "search")
BATCH = {"cuda": 1000}  # images at once; FEW on other devices, where a batch takes long
FEW = 250


class Sampler:
    """Draws from the net of a run with the reference's own samplers."""

    def __init__(self, run: Run, net: Any, seed: int, folder: Path, computed: dict):
        """
        Args:
            net: the `sampling_net` of the run.
            seed: of all samples; those of another purpose have other noise.
            folder: for the finished batches; made if it is not there.
            computed: how samples are computed; others are drawn if it changes.
        """
        self.run, self.net, self.seed, self.folder = run, net, seed, folder
        self.batch = BATCH.get(computed["device"], FEW)
        self._computed = computed

    def draw(
        self, classes: np.ndarray, purpose: str, guidance: float | None, progress: Progress
    ) -> np.ndarray:
        """One image for each class; a net without classes draws as many.

        Args:
            classes: (N,) int64.
            purpose: "score" or "search".
            guidance: for a net with classes.
            progress: counts the images that are drawn, and loses those that are kept.

        Returns:
            (N, 28, 28) float32 in [0, 1].

        Raises:
            UserError: what the net draws is not finite, or the folder cannot be written.
        """
        batches = []
        for number, first in enumerate(range(0, len(classes), self.batch)):
            wanted = classes[first : first + self.batch]
            seed = batch_seed(self.seed, purpose, number)
            key = self._key(wanted, guidance, seed)
            guided = "" if guidance is None else f"-w{guidance:g}"
            path = self.folder / f"{purpose}{guided}-{number:03}-{key}.npz"
            images = read_batch(path, len(wanted))
            if images is None:
                images = self._sample(wanted, guidance, seed, progress)
                buffer = io.BytesIO()
                np.savez_compressed(buffer, images=images)
                write_output(path, buffer.getvalue())
            else:
                progress.update(total=(progress.total or 0) - len(images))
            batches.append(images)
        return np.concatenate(batches).astype(np.float32) / 255

    def _sample(
        self, classes: np.ndarray, guidance: float | None, seed: int, progress: Progress
    ) -> np.ndarray:
        c = torch.from_numpy(classes)
        x_0, _ = sample(self.run, self.net, c, seed, guidance, progress.advance)
        return grey_levels(x_0)

    def _key(self, classes: np.ndarray, guidance: float | None, seed: int) -> str:
        """Changes as soon as anything that makes the samples does."""
        s = self.run.settings
        facts = self._computed | {
            "schedule": [s.beta_1, s.beta_T, s.num_ts],
            "classes": classes.tolist() if self.run.conditional else len(classes),
            "guidance": guidance,
            "batch_seed": seed,
        }
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def grey_levels(x: torch.Tensor) -> np.ndarray:
    """Images (N, 1, 28, 28) float32, clipped to [0, 1] and rounded: (N, 28, 28) uint8."""
    return (x[:, 0].clamp(0, 1) * 255).round().byte().cpu().numpy()


def batch_seed(seed: int, purpose: str, number: int) -> int:
    """A seed for one batch, a different one for each purpose; every guidance has the same noise."""
    mixed = np.random.SeedSequence([seed, PURPOSES.index(purpose), number])
    return int(mixed.generate_state(1, np.uint64)[0] >> 1)  # torch takes 63 bits everywhere


def weights_digest(net: nn.Module) -> str:
    """SHA-256 of all weights and buffers, in hexadecimal."""
    digest = hashlib.sha256()
    for name, weight in net.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def read_batch(path: Path, count: int) -> np.ndarray | None:
    """A finished batch, (count, 28, 28) uint8; None where there is none, or a damaged one."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            images = arrays["images"]
    except Exception:  # whatever reading a damaged file runs into
        return None
    fits = images.shape == (count, 28, 28) and images.dtype == np.uint8
    return images if fits else None
