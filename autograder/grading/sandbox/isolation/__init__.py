"""Ways to confine a worker, one module each, and the choice between them."""

from .base import Cage, Isolation

__all__ = ["Cage", "Isolation"]
