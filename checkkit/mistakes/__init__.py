"""Find the mistake that explains a measurement, if exactly one does.

The names of mistakes come from formulas here, never from the text of a submission.
"""
