"""What one course asks, in front of the handout, which tells of all that courses may ask."""

import re

from autograder.config import Course, Task
from autograder.course.starter import stubs_by_file
from checkkit.runner.names import in_course_words

TASK = re.compile(r"\*Task `(\w+)`")
STUB = re.compile(r"Part \d \(task (\w+)\)")  # as the stubs of the default course say it


def asked_text(course: Course, handout: str) -> str:
    """A section in Markdown that ends in a rule; nothing for grading.yaml as it stands."""
    if course.profile is None:
        return ""
    lines = [f"# {course.title}", ""]
    lines.append("What your course asks. Below the line stands all that courses may ask.")
    lines += ["", *_notes(course), *_not_asked(course, handout), *_questions(course), "---", "", ""]
    return "\n".join(lines)


def note_of(course: Course, task_id: str) -> str:
    """What students should know of a task in this course, beside what the handout says."""
    task = course.auto_tasks[task_id]
    return f"**In your course** (task `{task.id}`): {task.note}" if task.note else ""


def in_course(course: Course, handout: str) -> str:
    """The handout, or a section of it, with the names and tasks of a course.

    A task that the course lacks is said to be not asked, or is called what the course asks instead.
    """
    known = {task.id: task for task in course.optional}

    def named(found: re.Match[str]) -> str:
        task = known.get(found[1])
        if found[1] in course.auto_tasks or task is None:
            return found[0]
        instead = _instead(course, task)
        return f"*Task `{instead}`" if instead else f"*Not asked in your course: task `{task.id}`"

    return in_course_words(TASK.sub(named, as_stubs_say(course, handout)), course.names)


def as_stubs_say(course: Course, text: str) -> str:
    """A text in which messages of stubs read as they do in this course."""
    stubs = (stub for of_file in stubs_by_file(course).values() for stub in of_file.values())
    said = {stub.task: str(stub) for stub in stubs}
    return STUB.sub(lambda found: said.get(found[1], found[0]), text)


def _instead(course: Course, task: Task) -> str:
    """The task of the course that asks for the same functions; "" for none."""
    return next(
        (
            other.id
            for other in course.auto_tasks.values()
            if other.file == task.file and set(other.stubs) & set(task.stubs) and not other.hidden
        ),
        "",
    )


def _notes(course: Course) -> list[str]:
    notes = [note_of(course, name) for name, task in course.auto_tasks.items() if not task.hidden]
    return [line for note in notes if note for line in (note, "")]


def _not_asked(course: Course, handout: str) -> list[str]:
    """Tasks of the handout that a student may skip; not those that this course asks otherwise."""
    left = [
        f"`{task.id}`"
        for task in course.optional
        if f"Task `{task.id}`" in handout and not _instead(course, task)
    ]
    return [f"Not asked: {', '.join(left)}.", ""] if left else []


def _questions(course: Course) -> list[str]:
    lines = []
    for task in course.tasks:
        if task.kind == "manual":
            question = (task.question or "").strip()
            worth = f"{task.points:g} point{'' if task.points == 1 else 's'}"
            lines += [f"**Hand in: {task.title}** ({worth}). {question}", ""]
    return lines
