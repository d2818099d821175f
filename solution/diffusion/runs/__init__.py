"""What `python -m diffusion.train` is made of: given, nothing to fill in."""
