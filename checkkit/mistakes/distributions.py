"""Mistakes in the random choices: of noise, of timesteps, and of the classes to drop."""

import numpy as np

from ..runner import Mistake
from .matching import only_one

SAME = 1e-3
PLAUSIBLE = 1e-4  # a p-value below it speaks against an explanation
ENOUGH = 1000  # values; fewer could look uniform by chance
SEEDED = Mistake(
    "noise: seeded in every call",
    "The loss seeds torch's global generator in every call, so that every batch gets the same "
    "noise and the same t: remove `torch.manual_seed` from it.",
)


def noise_mistake(fields: np.ndarray) -> Mistake | None:
    """Why (F, N, H, W) values are no independent normal noise."""
    return _shared(fields) or uniform_mistake(fields)


def start_again_mistake(start: np.ndarray, noise: np.ndarray) -> Mistake | None:
    """The first noise (N, H, W) of a sampler is a multiple of x_T."""
    alike = np.sum(start * noise) ** 2 / max(np.sum(start**2) * np.sum(noise**2), 1e-300)
    if start.size < 20 or alike < 1 - SAME:
        return None
    return Mistake(
        "noise: x_T again",
        "The noise of the first step is x_T again: seed the generator once, before the loop, and "
        "draw new noise in each step.",
    )


def seed_mistake(starts: np.ndarray) -> Mistake | None:
    """Why the first noise (S, N, H, W) of runs with S seeds is the same in all of them."""
    if len(starts) < 2 or np.abs(starts - starts[:1]).max() > SAME or np.ptp(starts) <= SAME:
        return None
    return Mistake(
        "noise: without the seed",
        "Every seed gives the same noise: make a generator with the seed, and draw from it.",
    )


def _shared(fields: np.ndarray) -> Mistake | None:
    """The same numbers twice: so many normal numbers never agree to 1e-3 by chance."""
    if not np.all(np.abs(fields).max(axis=(2, 3)) > SAME):
        return None  # no noise at all is another mistake
    over_images = np.abs(fields - fields[:, :1]).max() <= SAME
    over_draws = np.abs(fields[-1] - fields[-2]).max() <= SAME if len(fields) > 1 else False
    if fields[0, 0].size < 20:
        return None
    if fields.shape[1] > 1 and over_images:
        return Mistake(
            "noise: one for all images",
            "All images get the same noise: draw as many numbers as there are pixels in the batch.",
        )
    if over_draws:
        return Mistake(
            "noise: one for all draws",
            "The same noise is used again: draw new noise each time, and do not seed in between.",
        )
    return None


def uniform_mistake(values: np.ndarray) -> Mistake | None:
    """Values that are uniform: on [0, 1] as `rand` draws them, or scaled to a mean of 0."""
    values = np.sort(values, axis=None)
    n = values.size
    if n < ENOUGH:
        return None
    fitting = []
    for low, high, scaled in ((0, 1, ""), (-1, 1, ", scaled"), (-(3**0.5), 3**0.5, ", scaled")):
        share = (values - low) / (high - low)
        inside = share[0] >= -1e-4 and share[-1] <= 1 + 1e-4
        distance = np.abs(share - (np.arange(n) + 0.5) / n).max() + 0.5 / n
        if inside and 2 * np.exp(-2 * n * distance**2) >= PLAUSIBLE:
            fitting.append(f"between {low:.3g} and {high:.3g}{scaled}")
    where = only_one(fitting)
    return where and Mistake(
        "noise: uniform",
        f"These numbers are uniform {where}: torch.rand is uniform, torch.randn is normal.",
    )


def time_mistake(steps: np.ndarray, num_ts: int) -> Mistake | None:
    """Why (N,) whole t are not uniform on 1, ..., T. Many images: each t comes up many times."""
    counts = np.bincount(steps)
    T, low, high = num_ts, int(steps.min()), int(steps.max())
    if low == high and len(steps) > 6:
        return Mistake(
            "t: one for all images",
            "One t was drawn for the whole batch: draw len(x_0) of them, one for each image.",
        )
    stories = {
        (0, T): ("0 to T", "The clean image, t = 0, comes up too; the smallest t is 1."),
        (0, T - 1): ("0 to T-1", "The net gets (0, ..., T - 1) / T, it has to be (1, ..., T) / T."),
        (1, T - 1): ("1 to T-1", "The last t never comes up; randint leaves its upper end out."),
    }  # fmt: skip
    expected = len(steps) / (high - low + 1)
    # By chance, a first or last t is missing once in e^30 runs.
    if (low, high) not in stories or expected < 30:
        return None
    if np.any(np.abs(counts[low:] - expected) > 6 * np.sqrt(expected)):
        return None
    name, story = stories[low, high]
    return Mistake(f"t: {name}", story)


def null_class_mistake(received: np.ndarray, classes: np.ndarray) -> Mistake | None:
    """Why a net gets (N,) classes that are not the images' own (N,), with mask 1."""
    odd = np.unique(received[received != classes])
    if len(odd) != 1 or (received != classes).sum() < 6:
        return None
    return Mistake(
        f"class {odd[0]:g} for none",
        f"The net gets class {odd[0]:g} where the class is dropped: leave c unchanged and pass "
        "mask 0.",
    )


def fixed_number_mistake(dropped: np.ndarray, p_uncond: float) -> Mistake | None:
    """Why (B, N) of B batches, each class dropped or not, are no independent draws."""
    size, counts = dropped.shape[1], dropped.sum(axis=1)
    if len(dropped) < ENOUGH / 10 or np.ptp(counts) > 0:
        return None
    if counts[0] not in (int(size * p_uncond), round(size * p_uncond), np.ceil(size * p_uncond)):
        return None
    alike = np.all(dropped == dropped[0])
    if alike and (size == 1 or np.any(np.diff(dropped[0].astype(int)) > 0)):
        return None  # a seed in every call gives this too
    return Mistake(
        "dropped: a fixed number",
        f"Every batch of {size} loses exactly {counts[0]} of its classes, N p_uncond rounded: "
        "draw a random number for each image and compare it with p_uncond.",
    )


def dropping_mistake(dropped: np.ndarray, images: int, chances: np.ndarray) -> Mistake | None:
    """Why (K,) counts of `images` each lost their class at (K,) p_uncond; 0 and 1 among them."""
    p = np.asarray(chances, float)
    stories = {
        "p": (p, ""),
        "0": (0 * p, "No class is ever dropped: draw a mask that is 0 with probability p_uncond, "
              "and pass it to the net."),
        "1": (0 * p + 1, "Every class is dropped: the mask is 1 where the class is kept."),
        "1 - p": (1 - p, "The mask is inverted: 1 keeps the class, 0 drops it."),
        "p twice": (1 - (1 - p) ** 2, "Classes are dropped twice over, so that 2p - p^2 of them "
                    "are missing: draw one mask."),
        "p^2": (p**2, "Only p_uncond squared of the classes are dropped: draw one mask."),
        "0.1": (0 * p + 0.1, "A tenth of the classes is dropped whatever p_uncond says."),
        "0.5": (0 * p + 0.5, "Half of the classes are dropped whatever p_uncond says."),
    }  # fmt: skip
    middle = (p > 0) & (p < 1)
    ends_fit = not middle.all() and np.all(dropped[~middle] == images * p[~middle])
    if middle.any() and ends_fit and np.isin(dropped[middle], (0, images)).all():
        return Mistake(
            "dropped: all or none",
            "All classes of a batch are dropped together: draw a number for each image.",
        )
    found = set()
    for name, (share, words) in stories.items():
        spread = np.sqrt(share * (1 - share) / images)
        if np.all(np.abs(dropped / images - share) <= 6 * spread + 1e-9):
            found.add(Mistake(f"dropped: {name}", words) if words else None)
    return only_one(found)
