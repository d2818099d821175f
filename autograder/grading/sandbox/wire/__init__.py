"""Messages between judge and worker as bytes: JSON for the tree, safetensors for the arrays.

Both ends use this code and read strictly; the judge must, for a worker's bytes are hostile.
"""

from .frames import PREFIX, FrameCaps, frame_sizes, pack, unpack
from .strict_json import WireError

__all__ = ["PREFIX", "FrameCaps", "WireError", "frame_sizes", "pack", "unpack"]
