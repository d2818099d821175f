"""How fast is a class graded, does all end as it should, and is nothing lost? make loadtest

classroom  a class of mutants, variants, attacks, starters and broken files, and what each must get
outcomes   did each get it?
watching   wall time, CPU time and memory of a command
reaping    its CPU time, whoever has ended its processes
ours       `autograder grade` on a class, watched
kills      kill -9 at random moments, again and again: is anything lost?
peers      the same small task set for nbgrader and otter-grader
measure    all of it, as one table
"""
