"""The courses that are released beside the one of grading.yaml."""

from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names

PROFILES = profile_names(REPOSITORY.grading)
# The others ask by the names of grading.yaml.
OWN = ("berkeley_cs180", "berkeley_flow", "neural_graphics", "wisconsin_bmi771")
