"""Many submissions: in parallel, resumable, on one machine or several.

settings       what judges are told of a run
keys           when a submission need not be judged, or reviewed, again
journal        what has been judged, so that being killed loses nothing
judge_process  judges what it is sent, one submission after the other: a process of its own
pool           several of those on this machine
run            a whole batch: what is known already, what is not, and time-outs once more
jobs           how many at once where nobody says it
"""
