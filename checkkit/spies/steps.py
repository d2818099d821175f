"""Which step of a sampler, and which image, each row of a call of the net belongs to.

The rows of a call of the latest step belong to that step, other rows to the step with the time of
the call. A row that is new there is the next image; so is any row where a chain begins anew. After
all images a new row begins a new step. So images may come all at once, one after the other in each
step, or one after the other through the whole chain.
"""

from dataclasses import dataclass, field

import torch

Tensor = torch.Tensor


@dataclass
class Step:
    """The time that the net got, x_t of each image (NaN before it comes), and the images by x_t."""

    time: float
    state: Tensor
    images: dict[bytes, list[int]] = field(default_factory=dict)
    count: int = 0

    def knows(self, keys: list[bytes]) -> bool:
        return all(key in self.images for key in keys)


class Steps:
    """The steps of one run with so many images, in the order of their first calls."""

    def __init__(self, num_images: int):
        self.num_images = num_images
        self.all: list[Step] = []
        self._latest = -1

    def find(self, x: Tensor, time: float, keep: Tensor) -> tuple[int, list[int]]:
        """The number of the step, and of the image of each row.

        Args:
            x: (R, 1, H, W) float32 on the CPU.
            time: what the net gets.
            keep: (R,) the mask: two rows of one image in one call have different ones.
        """
        keys = [row.numpy().tobytes() for row in x]
        number = self._latest
        if number < 0 or not self.all[number].knows(keys):
            number = max((i for i, step in enumerate(self.all) if step.time == time), default=-1)
        anew = 0 <= number < self._latest
        if number < 0 or (
            self.all[number].count == self.num_images and (anew or not self.all[number].knows(keys))
        ):
            number, anew = len(self.all), False
            self.all.append(Step(time, torch.full((self.num_images, *x.shape[1:]), torch.nan)))
        self._latest, step = number, self.all[number]
        rows: list[int] = []
        used: set[tuple[int, bool]] = set()
        for row, key, kept in zip(x, keys, (keep != 0).tolist(), strict=True):
            known = [i for i in step.images.get(key, []) if not anew or i in rows]
            image = next((i for i in known if (i, kept) not in used), step.count)
            if image == self.num_images:  # more rows than images
                image = known[0] if known else image - 1
            step.count = max(step.count, image + 1)
            step.state[image] = row
            used.add((image, kept))
            rows.append(image)
            step.images.setdefault(key, []).append(image)
        for key in set(keys):  # of equal rows, those of this call first
            known = step.images[key]
            step.images[key] = sorted(dict.fromkeys(known), key=lambda i: (i not in rows, i))
        return number, rows
