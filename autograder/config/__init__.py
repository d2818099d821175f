"""The course, as `grading.yaml` describes it; nothing else reads that file."""

from .loading import GradingError, load_course
from .models import Assignment, Course, LatePolicy, Part, Task

__all__ = ["Assignment", "Course", "GradingError", "LatePolicy", "Part", "Task", "load_course"]
