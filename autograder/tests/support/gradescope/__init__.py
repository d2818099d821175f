"""An imitation of the platform, for a Linux machine of one's own: try a zip before uploading it.

    python -m autograder.tests.support.gradescope autograder.zip submission/ --root jammy/

harness    one run as the platform does it: layout, wiped results, limits, time-out, cut output
image      the file system that the payload finds, built from a root and what setup.sh did to it
container  root without its powers: namespaces, Docker's capabilities and system-call filter
kernel     the system calls for that
groups     memory, processors and their measurement, by control groups
shown      what students and staff would see of the results, before and after dates

What it cannot imitate, docs/gradescope.md says.
"""
