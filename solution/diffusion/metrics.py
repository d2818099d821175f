"""How good are samples, and are they new? Fréchet distance, and nearest training images.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium",
2017; handout, part 4. All tensors of a call are on one device.
"""

import torch

Tensor = torch.Tensor


### BEGIN SOLUTION
def matrix_root(cov: Tensor) -> Tensor:
    """The symmetric root of a covariance; eigenvalues that rounding made negative count as 0."""
    variances, axes = torch.linalg.eigh(cov)
    return axes * variances.clamp(min=0).sqrt() @ axes.T


### END SOLUTION
def frechet_distance(mu_1: Tensor, cov_1: Tensor, mu_2: Tensor, cov_2: Tensor) -> float:
    """The squared Fréchet distance of two Gaussians (equation 14).

    Compute in float64. A covariance may have any rank: rounding must not turn an eigenvalue that is
    0 into NaN or a complex number.

    Args:
        mu_1, mu_2: (F,) means, float32 or float64.
        cov_1, cov_2: (F, F) covariances, symmetric, with no negative eigenvalues; not changed.

    Returns:
        A number of Python, or a tensor of one number: the distance, 0 (up to rounding) for equal
        Gaussians.
    """
    ### BEGIN SOLUTION
    mu_1, cov_1, mu_2, cov_2 = mu_1.double(), cov_1.double(), mu_2.double(), cov_2.double()
    cross = torch.linalg.svdvals(matrix_root(cov_1) @ matrix_root(cov_2)).sum()
    shift = (mu_1 - mu_2).square().sum()
    return float(shift + cov_1.trace() + cov_2.trace() - 2 * cross)
    ### END SOLUTION


def fid(features_a: Tensor, features_b: Tensor) -> float:
    """The Fréchet distance of the Gaussians that have the means and covariances of two sets.

    Make the features float64 before you compute anything. Divide by N or by N - 1 in the
    covariance, as you like, but in the same way for both sets.

    Args:
        features_a: (N, F), a row for each image, float32 or float64; N may be less than F. Not
            changed.
        features_b: (M, F); M may differ from N.

    Returns:
        A number of Python, or a tensor of one number.
    """
    ### BEGIN SOLUTION
    a, b = features_a.double(), features_b.double()
    return frechet_distance(a.mean(0), a.T.cov(), b.mean(0), b.T.cov())
    ### END SOLUTION


### BEGIN SOLUTION
CHUNK = 500  # images at once: their distances to 60,000 others take a tenth of a gigabyte


def nearest_images(images: Tensor, training: Tensor) -> tuple[Tensor, Tensor]:
    """Distance (N,) of each image to the nearest training image, and which one that is (N,)."""
    height, width = images.shape[-2:]
    flat, distances, nearest = training.flatten(1), [], []
    for chunk in images.split(CHUNK):
        padded = torch.nn.functional.pad(chunk, (1, 1, 1, 1))
        found = []
        for y, x in ((y, x) for y in range(3) for x in range(3)):
            shifted = padded[..., y : y + height, x : x + width].flatten(1)
            found.append(torch.cdist(shifted, flat).min(dim=1))
        smallest, shift = torch.stack([each.values for each in found]).min(dim=0)
        distances.append(smallest / flat.shape[1] ** 0.5)
        places = torch.stack([each.indices for each in found])
        nearest.append(places.gather(0, shift[None])[0])
    return torch.cat(distances), torch.cat(nearest)


### END SOLUTION
def memorization(samples: Tensor, training: Tensor, test: Tensor) -> tuple[float, Tensor, Tensor]:
    """How many samples are copies of training images.

    The distance of two images is the root of the mean squared difference of their pixels, the
    smallest over nine shifts of one of them: by -1, 0 or 1 pixel down and by -1, 0 or 1 pixel to
    the right (equation 15). The border of a digit is black, so it does not matter whether black
    moves in or what leaves on the other side.

    Take the distance of each test image to its nearest training image: these images cannot be
    copies. A sample is a copy if its distance to its nearest training image is smaller than the
    10 % quantile of those distances.

    A table of all differences of pixels does not fit into memory: N = 1,000 samples, M = 60,000.

    Args:
        samples: (N, 1, H, W) float32; not changed.
        training: (M, 1, H, W), the images that the net was trained on; not changed.
        test: (K, 1, H, W), real images that it has not seen; not changed.

    Returns:
        share: a number of Python from 0 to 1: the share of samples that are copies.
        distances: (N,) float32 or float64, of each sample to its nearest training image.
        nearest: (N,) int64, which training image that is: an index of `training`.
    """
    ### BEGIN SOLUTION
    distances, nearest = nearest_images(samples, training)
    limit = nearest_images(test, training)[0].quantile(0.1)
    return float((distances < limit).double().mean()), distances, nearest
    ### END SOLUTION
