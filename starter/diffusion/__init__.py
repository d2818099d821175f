"""Diffusion models from scratch on MNIST: the package that you fill in, module by module."""
