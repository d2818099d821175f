"""The notebook of the assignment, from notebooks/diffusion.py: the students' and the instructor's.

Text comes from the handout, code from the solution, points and questions from the course; the
source says in which order, and holds the code that draws figures.
"""

from .building import instructors, students
from .source import SOURCE, NotebookError

__all__ = ["SOURCE", "NotebookError", "instructors", "students"]
