"""The handout of one course: its names and tasks, and before it what only this course asks."""

import re

from autograder.config import Course, Task
from autograder.config.paths import Repository
from autograder.course.passages import asked, shown
from checkkit.runner.names import in_course_words

TASK = re.compile(r"\*Task `(\w+)`")
NUMBER = re.compile(r"#+ (\d[\d.]*) ")


def handout_of(course: Course, repository: Repository) -> str:
    """HANDOUT.md."""
    text = repository.handout.read_text(encoding="utf-8")
    text = shown(text, Repository.handout.name, asked(course))
    return in_course_words(preface(course), course.names) + for_course(course, text)


def sections_of(handout: str) -> dict[str, str]:
    """The numbers of the sections that describe tasks, by task: {"blocks": "1.1"}."""
    sections, number = {}, ""
    for line in handout.splitlines():
        if heading := NUMBER.match(line):
            number = heading[1]
        elif task := TASK.match(line):
            sections.setdefault(task[1], number)
    return sections


def preface(course: Course) -> str:
    """A section in Markdown that ends in a rule; nothing for grading.yaml without a profile."""
    if course.profile is None:
        return ""
    paragraphs = [f"# {course.title}"]
    visible = [task.id for task in course.auto_tasks.values() if not task.hidden]
    paragraphs += [note for name in visible if (note := note_of(course, name))]
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
    """The handout, or a section of it, with the names of a course.

    A task that the course lacks gets the name of the task that replaces it.
    """
    optional = {task.id: task for task in course.optional}

    def heading(found: re.Match[str]) -> str:
        if found[1] in course.auto_tasks or found[1] not in optional:
            return found[0]
        instead = _instead(course, optional[found[1]])
        return f"*Task `{instead}`" if instead else found[0]

    return in_course_words(TASK.sub(heading, handout), course.names)


def _instead(course: Course, task: Task) -> str:
    """The task of the course that asks for the same functions; "" for none."""
    for other in course.auto_tasks.values():
        same = other.file == task.file and set(other.stubs) & set(task.stubs)
        if same and not other.hidden:
            return other.id
    return ""
