# for: editing_noise editing_one_step editing_denoise editing_cfg hidden_editing
"""Pretrained models: the interface that all of them have, and a small model of digits."""
# end for
