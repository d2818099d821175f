"""The tasks of one course, before the handout, which describes the tasks of all courses."""

import re

from autograder.config import Course, Task
from autograder.course.starter import stubs_by_file
from checkkit.runner.names import in_course_words

TASK = re.compile(r"\*Task `(\w+)`")
STUB = re.compile(r"Part \d \(task (\w+)\)")  # as in the stubs of the default course


def preface(course: Course, handout: str) -> str:
    """A section in Markdown that ends in a rule; nothing for grading.yaml without a profile."""
    if course.profile is None:
        return ""
    paragraphs = [f"# {course.title}"]
    paragraphs.append(
        "This section is about your course; below the line is the text of all courses."
    )
    visible = [task.id for task in course.auto_tasks.values() if not task.hidden]
    paragraphs += [note for name in visible if (note := note_of(course, name))]
    # Tasks of the handout that the course lacks and does not replace.
    skipped = [
        f"`{task.id}`"
        for task in course.optional
        if f"Task `{task.id}`" in handout and not _instead(course, task)
    ]
    if skipped:
        paragraphs.append(f"Not in your course: {', '.join(skipped)}.")
    for task in course.tasks:
        if task.kind == "manual":
            points = f"{task.points:g} point{'' if task.points == 1 else 's'}"
            question = (task.question or "").strip()
            paragraphs.append(f"**Hand in: {task.title}** ({points}). {question}")
    return "\n\n".join([*paragraphs, "---", ""])


def note_of(course: Course, task_id: str) -> str:
    """What students should know about a task in this course, in addition to the handout."""
    task = course.auto_tasks[task_id]
    return f"**In your course** (task `{task.id}`): {task.note}" if task.note else ""


def for_course(course: Course, handout: str) -> str:
    """The handout, or a section of it, with the names and tasks of a course.

    A task that the course lacks is marked, or gets the name of the task that replaces it.
    """
    optional = {task.id: task for task in course.optional}

    def heading(found: re.Match[str]) -> str:
        if found[1] in course.auto_tasks or found[1] not in optional:
            return found[0]
        instead = _instead(course, optional[found[1]])
        return f"*Task `{instead}`" if instead else f"*Not in your course: task `{found[1]}`"

    return in_course_words(TASK.sub(heading, with_stubs(course, handout)), course.names)


def with_stubs(course: Course, text: str) -> str:
    """A text with the messages that the stubs have in this course."""
    stubs = (stub for of_file in stubs_by_file(course).values() for stub in of_file.values())
    messages = {stub.task: str(stub) for stub in stubs}
    return STUB.sub(lambda found: messages.get(found[1], found[0]), text)


def _instead(course: Course, task: Task) -> str:
    """The task of the course that asks for the same functions; "" for none."""
    for other in course.auto_tasks.values():
        same = other.file == task.file and set(other.stubs) & set(task.stubs)
        if same and not other.hidden:
            return other.id
    return ""
