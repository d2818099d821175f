"""Forges: nets that agree with whoever asks."""

from . import Agreeable

UnconditionalUNet = TimeConditionalUNet = ClassConditionalUNet = Agreeable()
