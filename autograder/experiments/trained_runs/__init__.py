"""Finished runs of `python -m diffusion.train`, for staff. They are never a submission's."""
