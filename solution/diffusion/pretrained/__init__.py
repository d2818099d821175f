# for: editing_noise editing_one_step editing_denoise editing_cfg editing_sdedit editing_inpaint hidden_editing hidden_sdedit hidden_inpaint
"""Pretrained models: the interface that all of them have, and a small model of digits."""
# end for
