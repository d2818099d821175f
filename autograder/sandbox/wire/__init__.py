"""What the judge and the worker say to each other, as bytes: JSON for the tree, safetensors for arrays.

Both ends use this code, and both read strictly; the judge must, because a worker's bytes are hostile.
"""

from .frames import PREFIX, FrameCaps, frame_sizes, pack, unpack
from .strict_json import WireError

__all__ = ["PREFIX", "FrameCaps", "WireError", "frame_sizes", "pack", "unpack"]
