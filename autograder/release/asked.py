"""What one course asks, in front of the handout, which tells of all that courses may ask."""

from autograder.config import Course


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


def _notes(course: Course) -> list[str]:
    notes = [note_of(course, name) for name, task in course.auto_tasks.items() if not task.hidden]
    return [line for note in notes if note for line in (note, "")]


def _not_asked(course: Course, handout: str) -> list[str]:
    """Tasks of the handout that a student may skip; not those that this course asks otherwise."""
    asked = {(task.file, stub) for task in course.auto_tasks.values() for stub in task.stubs}
    left = [
        f"`{task.id}`"
        for task in course.optional
        if f"Task `{task.id}`" in handout
        and not any((task.file, stub) in asked for stub in task.stubs)
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
