"""What five courses ask for, deliverable by deliverable, and where each is found here.

rows      the deliverables of each handout, in YAML files beside this one, named like the profiles
table     docs/handouts.md, made of them
findings  what does not hold between deliverables, profiles, checks, notebook and that page
"""
