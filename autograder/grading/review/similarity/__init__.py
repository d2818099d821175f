"""Which submissions share more code than independent work does? Flags for a person to look at.

fingerprints   k-grams of tokens (copydetect), without those of the starter
submissions    reads submissions as tokens, in the sandbox
comparing      every pair of submissions, all at once
passages       what two files share, passage by passage
pages          index.html, a page for each pair, pairs.csv
command        `autograder similar`

`python -m autograder.validation.similarity` measures how well the threshold separates copies from
independent work.
"""
