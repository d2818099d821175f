# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""Pretrained models: the interface that all of them have, and a small model of digits."""

from . import digit_model

__all__ = ["digit_model"]
# end for
