"""Finished runs of `python -m diffusion.train`, read by staff's tools. Never a submission's."""
