"""Runs of a submission that more than one check looks at: the probe, and what it returns."""
