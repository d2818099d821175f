"""The course directory of nbgrader, ready for `nbgrader generate_assignment`."""

from .course import course_files

__all__ = ["course_files"]
