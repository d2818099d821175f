"""The report that a student reads: one HTML file with everything in it."""
