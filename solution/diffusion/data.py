"""MNIST as tensors: given, nothing to fill in.

torchvision downloads the 60,000 training and 10,000 test digits once. Without a network, the small
subset of real digits in tests/data is used. In a folder called "fashion" it is Fashion-MNIST, ten
kinds of clothes in the same format.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

SUBSET = Path("tests/data/mnist_subset.npz")


def mnist(train: bool = True, root: str | Path = "data", subset: bool = False) -> TensorDataset:
    """The digits as a dataset of (image, label).

    Args:
        train: the training digits, else the test digits.
        root: folder in which torchvision keeps its download; "fashion", or a path that ends in it,
            for Fashion-MNIST.
        subset: use the small subset even if all of MNIST is available.

    Returns:
        A `TensorDataset` of images (n, 1, 28, 28) float32 in [0, 1] and labels (n,) int64.

    Raises:
        FileNotFoundError: neither MNIST nor the subset can be found, or no Fashion-MNIST.
    """
    if subset:
        return _subset(train)
    from torchvision.datasets import MNIST, FashionMNIST

    fashion = is_fashion(root)
    try:
        digits = (FashionMNIST if fashion else MNIST)(str(root), train=train, download=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: torchvision found no mirror
        if fashion:
            raise FileNotFoundError(f"Fashion-MNIST cannot be downloaded: {error}") from error
        warnings.warn(f"MNIST cannot be downloaded ({error}): small subset instead", stacklevel=2)
        return _subset(train)
    return TensorDataset(digits.data[:, None].float() / 255, digits.targets.long())


def is_fashion(root: str | Path) -> bool:
    """Whether this folder is for Fashion-MNIST."""
    return Path(root).name == "fashion"


def _subset(train: bool) -> TensorDataset:
    for folder in Path(__file__).resolve().parents:
        if (folder / SUBSET).is_file():
            break
    else:
        raise FileNotFoundError(f"no {SUBSET} in any folder above {Path(__file__).parent}")
    name = "train" if train else "test"
    with np.load(folder / SUBSET, allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays[f"{name}_images"])[:, None].float() / 255
        return TensorDataset(images, torch.from_numpy(arrays[f"{name}_labels"]).long())


def batches(digits: TensorDataset, batch_size: int) -> DataLoader:
    """A loader that shuffles the digits in every epoch and keeps the last, smaller batch."""
    return DataLoader(digits, batch_size=batch_size, shuffle=True)
