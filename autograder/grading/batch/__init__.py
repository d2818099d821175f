"""Many submissions: in parallel, resumable, on one machine or several.

settings       the options of a run that judges need
keys           when a submission need not be judged, or reviewed, again
journal        the records of judged submissions, so that a killed run loses nothing
judge_process  a process that judges the submissions that it is sent, one after the other
pool           several of those on this machine
run            a whole batch: known results, new results, and time-outs once more
jobs           the default number of processes
"""
