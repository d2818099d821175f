"""The figures that students hand in, drawn from runs of the solution: `autograder figures`.

For staff alone: students are graded on such figures, and receive `save_curve` and `save_grid`.
run_figures.py says which figures a run allows; the numbers are those of the handout's "Hand in".
"""
