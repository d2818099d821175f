"""From what a check has measured to the mistake behind it, where no other explanation is left.

A submission can raise errors, but it cannot name mistakes: every name here comes from a formula.
"""
