"""Judging: from a submission to outcomes and points. `batch` is the place to start reading."""
