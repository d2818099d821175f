"""How fast is a class graded, does each submission end as it should, and is nothing lost?

classroom  a class of known bugs, variants, attacks, starters and broken files, and what each must
           get; did it?
measuring  wall time, CPU time and memory of a command, and of `autograder grade`
kills      kill -9 at random moments, again and again: is anything lost?
peers      the same small set of tasks for nbgrader and otter-grader
parts      all of it: the figures of each part
"""
