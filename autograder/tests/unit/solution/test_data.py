"""`mnist` in a folder called fashion: clothes in place of digits."""

import importlib
import struct
from types import SimpleNamespace

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.usefixtures("diffusion")


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture
def folder(tmp_path):
    """A folder "fashion" with four training and two test images, as torchvision keeps them."""
    raw = tmp_path / "fashion" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, count in (("train", 4), ("t10k", 2)):
        images = np.full((count, 28, 28), 51 * count, np.uint8)
        head = struct.pack(">4i", 2051, count, 28, 28)
        (raw / f"{name}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        labels = struct.pack(">2i", 2049, count) + bytes(range(count))
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(labels)
    return tmp_path / "fashion"


@pytest.mark.parametrize(("train", "count"), [(True, 4), (False, 2)])
def test_a_folder_called_fashion_has_clothes(folder, train, count):
    images, labels = module("data").mnist(train=train, root=folder).tensors
    assert images.shape == (count, 1, 28, 28) and images.dtype == torch.float32
    assert torch.equal(images, torch.full_like(images, 51 * count / 255))
    assert labels.tolist() == list(range(count))


def test_a_training_says_what_it_trains_on(folder, capsys):
    settings = SimpleNamespace(data=str(folder), subset=False, batch_size=2, fast=False)
    loader = module("runs.environment").load_digits(settings, torch.device("cpu"))
    assert "# Training digits: 4 of Fashion-MNIST." in capsys.readouterr().out
    assert len(loader.dataset) == 4


def test_clothes_that_cannot_be_had_are_not_replaced_by_digits(tmp_path):
    (tmp_path / "fashion").write_text("no folder")
    with pytest.raises(FileNotFoundError, match="Fashion-MNIST cannot be downloaded"):
        module("data").mnist(root=tmp_path / "fashion")
