"""The courses that are released beside the one of grading.yaml."""

from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names

PROFILES = profile_names(REPOSITORY.grading)
# The other two ask for what grading.yaml asks, by the same names.
OWN = ("berkeley_cs180", "neural_graphics", "wisconsin_bmi771")
