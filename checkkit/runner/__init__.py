"""Runs probes on a submission and returns their evidence to the check.

A check chooses inputs and calls `submission.run(probe, returns=..., **inputs)`. The probe uses the
submission, in this process (`local`) or in a sandbox, and returns evidence. The check compares it
with the expected result.
"""

from .evidence import Array, CheckFailed, Flag, Integer, Mistake, Number, Text, expect

__all__ = ["Array", "CheckFailed", "Flag", "Integer", "Mistake", "Number", "Text", "expect"]
