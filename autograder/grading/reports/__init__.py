"""What a run leaves behind: results.json and report.html a submission, grades.csv, index.html."""
