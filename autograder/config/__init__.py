"""The course's numbers: `grading.yaml`, read and validated here and nowhere else."""

from .loading import GradingError, load_course
from .models import Assignment, Course, LatePolicy, Part, Task

__all__ = ["Assignment", "Course", "GradingError", "LatePolicy", "Part", "Task", "load_course"]
