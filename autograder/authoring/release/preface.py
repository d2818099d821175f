"""The handout of one course: its names and tasks, and before it what only this course asks."""

import re
from collections.abc import Iterator

from autograder.config import Course, Task
from autograder.config.paths import Repository
from autograder.course.passages import asked, shown
from checkkit.points import in_points
from checkkit.runner.names import in_course_words

TASK = re.compile(r"\*Task `(\w+)`")
# Where the handout names tasks, of which some have the name of a function.
TASKS = re.compile(r"(\*Tasks? `\w+`(?: and `\w+`)*|^\| `\w+` \|)", re.MULTILINE)
NUMBER = re.compile(r"#+ (\d[\d.]*) ")
SECTION = re.compile(r"\d\.\d")
NAMED = re.compile(
    r"\b(?:of|in|see|sections?) ([1-9]\.\d(?:(?:,| and|, and) [1-9]\.\d)*)\b(?!\.\d)"
)


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


def question_problems(course: Course, repository: Repository) -> Iterator[str]:
    """Questions that name a section which the handout of the course does not have."""
    numbers = {found[1] for found in NUMBER.finditer(handout_of(course, repository))}
    for task in course.tasks:
        named = [
            n for found in NAMED.finditer(task.question or "") for n in SECTION.findall(found[1])
        ]
        if lacking := [number for number in named if number not in numbers]:
            yield (
                f"task {task.id}: its question names section {' and '.join(lacking)}, and this "
                "course's handout has none; write a question of the course's own"
            )


def preface(course: Course) -> str:
    """A section in Markdown that ends in a rule; nothing for grading.yaml without a profile."""
    if course.profile is None:
        return ""
    paragraphs = [f"# {course.title}"]
    visible = [task.id for task in course.auto_tasks.values() if not task.hidden]
    paragraphs += [note for name in visible if (note := note_of(course, name))]
    for task in course.tasks:
        if task.kind == "manual":
            points = in_points(task.points, task.bonus)
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

    pieces = TASKS.split(TASK.sub(heading, handout))  # every second one names tasks
    return "".join(
        piece if at % 2 else in_course_words(piece, course.names) for at, piece in enumerate(pieces)
    )


def _instead(course: Course, task: Task) -> str:
    """The task of the course that asks for the same functions; "" for none."""
    for other in course.auto_tasks.values():
        same = other.file == task.file and set(other.stubs) & set(task.stubs)
        if same and not other.hidden:
            return other.id
    return ""
