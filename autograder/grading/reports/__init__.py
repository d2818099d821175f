"""What a run leaves behind: for each submission results.json, report.html and
instructor.html; for all of them grades.csv and index.html.
"""
