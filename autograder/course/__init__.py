"""The starter of a course: the solution without its answers, and the tasks that it selects."""
