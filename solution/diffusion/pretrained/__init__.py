"""Pretrained models: the interface that all of them have, and a small model of digits."""
