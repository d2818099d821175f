"""The leak check: what leaves the house is unpacked down to its last string, and searched."""

from .searching import Search, artefact_findings, source_findings

__all__ = ["Search", "artefact_findings", "source_findings"]
