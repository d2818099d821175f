"""The courses that are released beside the one of grading.yaml."""

from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names

PROFILES = profile_names(REPOSITORY.grading)
# The others ask for tasks of grading.yaml by its names, and for all of them.
OWN = (
    *("berkeley_5a", "berkeley_cs180", "berkeley_flow", "cornell_5a"),
    *("neural_graphics", "student_report", "wisconsin_bmi771"),
)
