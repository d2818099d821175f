# for: editing_noise editing_one_step editing_denoise editing_cfg editing_anagram editing_hybrid
"""Pretrained models: the interface that all of them have, and a small model of digits."""
# end for
