"""The student bundle: a folder, and a zip of it, that needs neither make nor this repository."""

from .bundle import FOLDER, NotReleasable, student_files

__all__ = ["FOLDER", "NotReleasable", "student_files"]
