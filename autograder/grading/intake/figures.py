"""The figures that a submission holds, and which run each says it is of.

They lie in the folder `report/`, or among the outputs of the notebook. Nothing of them is trusted:
no pixel is decoded, and of the metadata only what has the expected form is kept.
"""

import base64
import binascii
import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from .locating import notebooks_of
from .notebook import MAX_NOTEBOOK_BYTES
from .source import SubmissionSource
from .submission import REPORT, BadSubmission
from .trees import Tree, ending, nested
from .zips import zip_in

STAMP = "diffusion"  # what `diffusion.runs.pictures` writes into a PNG
MOST = 100  # figures of one submission
FEWEST_BYTES, MOST_BYTES = 1000, 3_000_000  # of one figure; an empty one has fewer
MOST_STAMP = 2000  # characters
# No part gives back what it has matched, so any content takes linear time.
IN_NOTEBOOK = re.compile(rb'"image/png":\s*+\[?+\s*+"([A-Za-z0-9+/=\\n]++)"')


@dataclass(frozen=True)
class Figure:
    """A figure: its SHA-256, and what it says of itself; "" where it says nothing."""

    digest: str
    name: str = ""
    run: str = ""
    seed: int = 0


def figures_in(source: SubmissionSource) -> list[Figure]:
    """The figures of a submission; none where it cannot be read, which grading reports."""
    if source.problem:
        return []
    try:
        tree = source.location.open()
        zips = ending(tree.files, ".zip")
        trees = [tree, zip_in(tree, zips[0])] if len(zips) == 1 else [tree]
        found = (figure_of(content) for tree in trees for content in _contents(tree))
        return list(dict.fromkeys(figure for figure in found if figure))
    except (BadSubmission, OSError):
        return []


def _contents(tree: Tree) -> Iterator[bytes]:
    for place, *_ in nested(tree):
        if REPORT in place.folders:
            folder = place.enter(REPORT)
            for name in ending(folder.files, ".png")[:MOST]:
                yield folder.read(name, MOST_BYTES)
    notebooks = notebooks_of(tree)
    if notebooks is None:
        return
    for name in notebooks.names[:1]:
        content = notebooks.tree.read(name, MAX_NOTEBOOK_BYTES)
        for _, match in zip(range(MOST), IN_NOTEBOOK.finditer(content), strict=False):
            try:
                yield base64.b64decode(match[1].replace(rb"\n", b""), validate=True)
            except binascii.Error:
                continue


def figure_of(png: bytes) -> Figure | None:
    """What a PNG says of itself; None if it is too large, too small or no PNG."""
    if not FEWEST_BYTES <= len(png) <= MOST_BYTES:
        return None
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of sizes: nothing is decoded
            Image.open(io.BytesIO(png), formats=["PNG"]) as picture,
        ):
            said = picture.info.get(STAMP)  # what stands before the pixels
    except Exception:  # whatever a damaged file makes of it
        return None
    digest = hashlib.sha256(png).hexdigest()
    try:
        stamp = json.loads(said) if isinstance(said, str) and len(said) <= MOST_STAMP else {}
    except (ValueError, RecursionError):
        stamp = {}
    match stamp:
        case {"figure": str(name), "run": str(run), "seed": int(seed)} if (
            re.fullmatch(r"[a-z-]{1,40}", name)
            and re.fullmatch(r"[0-9a-f]{12}", run)
            and 0 <= seed < 2**63
        ):
            return Figure(digest, name, run, seed)
        case {"figure": str(name)} if re.fullmatch(r"[a-z-]{1,40}", name):
            return Figure(digest, name)
    return Figure(digest)
