# for: frechet-distances
"""The 2,048 features of InceptionV3, over which papers take the FID: given, nothing to fill in.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017. The network is that of
torch-fidelity, whose answers are those of the authors' network; its weights are a file of yours.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from .settings import Problem

BATCH = 50
NAME = "weights-inception-2015-12-05-6726825d.pth"  # as torch-fidelity publishes it


def inception_features(weights: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A function of images (N, 28, 28) in [0, 1] that returns their features (N, 2048) float32.

    Raises:
        Problem: torch-fidelity is missing, or `weights` is no file with InceptionV3's weights.
    """
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        words = "--inception needs a package: pip install torch-fidelity"
        raise Problem(words, 2) from error
    try:
        tensors = torch.load(weights, map_location="cpu", weights_only=True)
    except OSError as error:
        words = f"{weights} cannot be read: {error.strerror}; take {NAME} of torch-fidelity"
        raise Problem(words, 2) from error
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        words = f"{weights} is no file of weights; take {NAME} of torch-fidelity"
        raise Problem(words, 2) from error
    with TemporaryDirectory() as folder:
        own = Path(folder) / "weights.pth"  # torch-fidelity unpickles what it loads
        torch.save(tensors, own)
        try:
            net = FeatureExtractorInceptionV3(
                "inception", ["2048"], feature_extractor_weights_path=str(own)
            )
        except (RuntimeError, TypeError) as error:
            words = f"{weights} has other tensors than InceptionV3; take {NAME} of torch-fidelity"
            raise Problem(words, 2) from error
    net.eval()

    @torch.no_grad()
    def features(images: np.ndarray) -> np.ndarray:
        levels = (np.clip(images, 0, 1) * 255).round().astype(np.uint8)
        colours = torch.from_numpy(levels)[:, None].expand(-1, 3, -1, -1)
        return torch.cat([net(batch)[0] for batch in colours.split(BATCH)]).numpy()

    return features


# end for
