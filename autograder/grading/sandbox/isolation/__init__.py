"""Ways to confine a worker, one module each; `sandbox.choice` chooses."""

from .base import Confinement, Isolation

__all__ = ["Confinement", "Isolation"]
