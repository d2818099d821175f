"""InceptionV3's features: the real network with weights made here, and files without weights."""

import importlib
import pickle
import re
from unittest import mock

import numpy as np
import pytest
import torch
from torch_fidelity import feature_extractor_inceptionv3
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread", "diffusion")]


@pytest.fixture
def of():
    return importlib.import_module("diffusion.runs.inception").inception_features


@pytest.fixture
def network():
    """The network with random weights, which its own class only loads."""
    torch.manual_seed(0)
    load = mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict")
    with load, mock.patch.object(feature_extractor_inceptionv3.torch, "load"):
        net = FeatureExtractorInceptionV3("x", ["2048"], feature_extractor_weights_path="x")
    return net.eval()


def test_features_are_those_of_the_network_with_the_files_weights(of, network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    images = np.linspace(-0.2, 1.2, 3 * 28 * 28, dtype=np.float32).reshape(3, 28, 28)
    found = of(tmp_path / "weights.pth")(images)
    levels = torch.from_numpy((images.clip(0, 1) * 255).round()).byte()
    with torch.no_grad():
        wanted = network(levels[:, None].repeat(1, 3, 1, 1))[0]
    assert found.shape == (3, 2048) and found.std() > 0
    assert np.allclose(found, wanted.numpy(), atol=1e-5)


class Code:
    def __reduce__(self):
        return print, ("this file ran code",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"<html>", "is no file of weights"),
        (pickle.dumps(Code(), protocol=2), "is no file of weights"),
        ({"fc.weight": torch.zeros(2)}, "has other tensors than InceptionV3"),
        ([1, 2], "has other tensors than InceptionV3"),
    ],
    ids=["missing", "a page", "code", "another net", "no net"],
)
def test_what_is_no_file_of_its_weights_is_refused(of, tmp_path, capsys, content, words):
    path = tmp_path / "weights.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(Exception, match=re.escape(str(path))) as refused:
        of(path)
    assert type(refused.value).__name__ == "Problem" and words in str(refused.value)
    assert "weights-inception" in str(refused.value)
    assert "ran code" not in capsys.readouterr().out


def test_figure_12_is_drawn_over_these_features(command, network, tmp_path, capsys):
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    options = ("--num-ts", 5, "--beta-T", 0.3, "--epochs", 1, "--runs", tmp_path, "--name", "run")
    command("class", *options)
    draw = importlib.import_module("diffusion.draw").main
    words = [tmp_path / "run", "--output", tmp_path / "report", "--samples", 10, "--subset"]
    words += ["--device", "cpu", "--inception", tmp_path / "weights.pth"]
    assert draw([str(word) for word in words]) == 0
    assert "12-frechet-distances.png" in capsys.readouterr().out
