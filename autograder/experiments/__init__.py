"""Trained runs of the reference solution: read, measured and drawn. Never of a submission."""
