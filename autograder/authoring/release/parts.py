"""checkkit/report/parts.json: the parts, tasks and names that students' own runs show.

It stands in for grading.yaml, which students do not have.
"""

import json

from autograder.config import Course
from autograder.config.paths import Repository

from .preface import handout_of, sections_of

PARTS = Repository.parts.name
FIELDS = ("points", "bonus", "weights", "minutes", "stubs", "needs", "without")


def parts_text(course: Course, repository: Repository) -> str:
    """The JSON: title, names, and parts with title and graded tasks each; nothing hidden.

    Raises:
        PassageError: the handout has a passage that does not close.
    """
    sections = sections_of(handout_of(course, repository))
    parts = [
        {
            "title": part.title,
            "tasks": [
                {"id": task.id, "title": task.title, "file": task.file or ""}
                | ({"section": sections[task.id]} if sections.get(task.id) else {})
                | {name: value for name in FIELDS if (value := getattr(task, name))}
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
