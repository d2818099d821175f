"""Diffusion models from scratch on MNIST: the package that you complete, module by module."""
