"""Grading on Gradescope.

platform  setup.sh, which builds the image, and run_autograder, which the platform calls
ready     the last step of setup.sh: does everything work here?
run       grades one submission, within the platform's time, and keeps results.json up to date
metadata  who handed in what and when, as the platform says
document  results.json: as `autograder grade` writes it, within the platform's limits
"""
