"""The seam between a check and the submission it judges.

A check chooses inputs and calls `submission.run(probe, returns=..., **inputs)`. The probe exercises
the submission, in this process (`local`) or in a sandbox, and returns evidence; the check judges
it.
"""

from .evidence import Array, CheckFailed, Flag, Integer, Mistake, Number, Text, expect

__all__ = ["Array", "CheckFailed", "Flag", "Integer", "Mistake", "Number", "Text", "expect"]
