"""Ways to confine a worker, one module each; `sandbox.choice` chooses."""

from .base import Cage, Isolation

__all__ = ["Cage", "Isolation"]
