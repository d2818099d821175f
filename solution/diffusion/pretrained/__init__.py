# for: editing_noise editing_one_step editing_denoise editing_cfg hidden_editing editing_anagram editing_hybrid hidden_illusions
"""Pretrained models: the interface that all of them have, and a small model of digits."""
# end for
