"""A package `diffusion` of one's own, run in this process."""

import sys

import pytest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package `diffusion`; what it leaves in this process is taken out again."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("diffusion")}
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in before:
        del sys.modules[name]
    (tmp_path / "diffusion").mkdir()
    (tmp_path / "diffusion" / "__init__.py").touch()
    yield tmp_path / "diffusion"
    for name in [name for name in sys.modules if name.startswith("diffusion")]:
        del sys.modules[name]
    sys.modules.update(before)
