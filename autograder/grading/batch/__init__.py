"""Many submissions: in parallel, resumable, on one machine or several.

settings       what judges are told: of a run, and of each submission
keys           when a submission need not be judged again
journal        what has been judged, so that being killed loses nothing
judge_process  judges what it is sent, one submission after the other: a process of its own
crew           several of those on this machine
grading        a whole batch: what is known already, what is not, and time-outs once more
"""
