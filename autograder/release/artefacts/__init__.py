"""The leak check: what leaves the house is unpacked down to its last string, and searched."""

from .searching import artefact_findings

__all__ = ["artefact_findings"]
