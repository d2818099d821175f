"""checkkit/report/parts.json: the parts, tasks and names that students' own runs show.

It stands in for grading.yaml, which students do not have.
"""

import json

from autograder.config import Course
from autograder.config.paths import Repository

PARTS = Repository.parts.name


def parts_text(course: Course) -> str:
    """The JSON: title, names, and parts with title and graded tasks each; nothing hidden."""
    parts = [
        {
            "title": part.title,
            "tasks": [
                {"id": task.id, "title": task.title, "file": task.file or ""}
                | {
                    name: values
                    for name in ("stubs", "needs", "without")
                    if (values := getattr(task, name))
                }
                for task in part.tasks
                if task.kind == "auto" and not task.hidden
            ],
        }
        for assignment in course.assignments
        for part in assignment.parts
    ]
    shown = [part for part in parts if part["tasks"]]
    content = {"title": course.title, "names": course.names, "parts": shown}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
