"""How often does a correct submission fail? Runs every statistical check with thousands of seeds,
and tests whether the p-values follow the null distribution on which the false-fail rate rests.
"""
