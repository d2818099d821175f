"""How often a right submission fails: every statistical check over thousands of seeds, and whether
each p-value follows the null distribution that its false-fail rate assumes.
"""
