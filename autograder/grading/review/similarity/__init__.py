"""Which submissions share more code than those who work alone do? Flags for a person to look at.

tokenising     sources as tokens, read in a cage, since they may be hostile
fingerprints   k-grams of tokens (copydetect), without those of the starter
comparing      every pair of submissions, all at once
passages       what two files share, passage by passage
picture        the histogram of all pairs
pages          index.html, a page a pair, pairs.csv
submissions    who takes part
command        `autograder similar`

Does the threshold part copies from independent work? python -m autograder.validation.similarity
"""
