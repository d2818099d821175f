"""Sheets of small images between a title and a caption, drawn as the students' notebook draws."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from autograder.experiments.trained_runs.reference import reference


@dataclass(frozen=True)
class Sheet:
    """A figure: rows of images.

    Attributes:
        title: above.
        rows: label -> images (N, 1, H, W), 0 black and 1 white; more than ten go on below.
        caption: below.
        columns: above each column of the first rows; or, for the label of a row, above its own.
    """

    title: str
    rows: Mapping[str, Tensor]
    caption: str
    columns: Sequence[str] | Mapping[str, Sequence[str]] = ()

    def png(self) -> bytes:
        """The sheet as a PNG file."""
        picture = reference("runs.pictures").rows_picture(self.rows, self.columns)
        caption = textwrap.fill(self.caption, 90)
        width, height = picture.get_size_inches()
        picture.set_size_inches(width, height + 0.5 + 0.2 * len(caption.splitlines()))
        # The name of a run may hold dollars, which are no formula.
        picture.suptitle(self.title, parse_math=False)
        picture.supxlabel(caption, parse_math=False, fontsize="small")
        return picture._repr_png_()


def loss_png(batches: Sequence[float], epochs: Sequence[float], title: str) -> bytes:
    """The loss of every batch above that of every epoch, as a PNG file."""
    picture = reference("runs.pictures").loss_picture(
        {"batch_loss": batches, "epoch_loss": epochs}, ""
    )
    picture.suptitle(title, parse_math=False)
    return picture._repr_png_()
