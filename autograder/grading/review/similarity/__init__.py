"""Which submissions share more code than independent work does? Flags for a person to look at.

tokenising     sources as tokens, read in the sandbox, because they may be hostile
fingerprints   k-grams of tokens (copydetect), without those of the starter
submissions    reads everything that is compared
comparing      every pair of submissions, all at once
passages       what two files share, passage by passage
picture        the histogram of all pairs
pages          index.html, a page for each pair, pairs.csv
command        `autograder similar`

`python -m autograder.validation.similarity` measures how well the threshold separates copies from
independent work.
"""
