"""Judging: from a submission to outcomes and points. `pipeline` is the place to start reading."""
