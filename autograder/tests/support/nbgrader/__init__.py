"""A course of nbgrader on the disk, and a notebook that goes for its gradebook."""
