"""The leak check: everything that is released is unpacked down to its last string, and searched."""

from .search import Search

__all__ = ["Search"]
