"""Draw first-picture.png, a digit on its way into noise. run_checks.py does it once."""

import sys
from pathlib import Path

import numpy as np

from checkkit import DATA
from checkkit.report.figures import picture_of
from checkkit.runner.results import Images

PICTURE = Path(__file__).resolve().parent / "first-picture.png"
STEPS = 8


def main() -> int:
    """Draw the picture and print its path."""
    with np.load(DATA / "mnist_subset.npz", allow_pickle=False) as arrays:
        digit = arrays["test_images"][np.flatnonzero(arrays["test_labels"] == 3)[0]] / 255
    noise = np.random.default_rng(0).standard_normal(digit.shape)
    shares = np.linspace(0, 1, STEPS)  # of the variance that is noise
    images = [np.sqrt(1 - share) * digit + np.sqrt(share) * noise for share in shares]
    captions = ("clean", *(f"{share:.0%}" for share in shares[1:-1]), "noise")
    picture = picture_of(Images("A digit on its way into noise", np.clip(images, 0, 1), captions))
    PICTURE.write_bytes(picture.png)
    print(f"Your first picture: {PICTURE}")
    print("A digit becomes noise. You will write the way back.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
