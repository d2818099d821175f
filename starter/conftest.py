"""Loads the checks' plugin: fixtures, `--training`, `--report`, `--check-seed`."""

pytest_plugins = ["checkkit.plugin"]
