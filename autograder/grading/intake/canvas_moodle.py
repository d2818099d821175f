"""Downloads of Canvas and Moodle: names of files and folders say whose they are.

Canvas   doejane_12345_678910_hw.zip: the user and the file in Canvas
         doejane_LATE_12345_678910_hw.zip where it came after the date that Canvas has
         anon_x1Y2z_678910_hw.zip, LATE_anon_x1Y2z_678910_hw.zip where the course grades blindly
Moodle   Jane Doe_12345_assignsubmission_file_/hw.zip, or the same without folders
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from checkkit.text import one_line

from .source import IdKind, Location, Student, SubmissionSource
from .trees import Tree, ending, litter, real_folders

CANVAS = re.compile(
    r"(?:(?P<anon_late>LATE_)?(?P<anon>anon_\w{5})|(?P<who>.*?)(?P<late>_LATE)?_(?P<user>\d+))"
    r"_(?P<id>\d+)_(?P<file>.+)",
    re.DOTALL | re.IGNORECASE,
)
# Students choose their names and those of their files. In ames_1_23_456_hw.zip, either ames is the
# user 1 and handed in 456_hw.zip, or ames_1 is the user 23.
TWO_WAYS = re.compile(r"\d+_.+", re.DOTALL)
DOUBT = "student unknown: the name of the file can be read in two ways, as user {user} and {other}"
MOODLE = re.compile(
    r"(?P<who>.+)_(?P<user>\d+)_assignsubmission_(?P<sort>file|onlinetext)_?(?P<file>.*)", re.DOTALL
)
# Where this stands twice, the owner of either user may have chosen the rest as a name.
OF_A_USER = re.compile(r"_(\d+)(?=_assignsubmission_(?:file|onlinetext))")
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas numbers what is handed in again: ddpm-1.py


def canvas(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a download from Canvas; none where this is none."""
    work = ending(tree.files, ".zip", ".py", ".ipynb")
    matches = [CANVAS.fullmatch(name) for name in work]
    if not work or real_folders(tree) or not all(matches):
        return []
    sure = [match for match in matches if match and not _two_ways(match)] or matches
    if len({match["id"] for match in sure if match}) < len(sure):
        return []  # Canvas numbers every file anew: hw_1_2026_anna.zip, hw_1_2026_bert.zip are not
    groups: dict[str, list[re.Match[str]]] = defaultdict(list)
    for name in tree.files:
        if match := CANVAS.fullmatch(name):
            doubtful = name in work and _two_ways(match)
            groups[_named(match, doubtful)].append(match)
    return [_of_canvas(location, name, matches) for name, matches in groups.items()]


def _named(match: re.Match[str], doubtful: bool) -> str:
    """What the files of one submission share. A doubtful one is never added to that of a user."""
    who = match["anon"] or f"{match['who']}_{match['user']}"
    return f"{who}_{match['id']}" if doubtful else who


def _of_canvas(location: Location, name: str, matches: Sequence[re.Match[str]]) -> SubmissionSource:
    first, files = matches[0], [(match["file"], match.string) for match in matches]
    if first["anon"]:
        student = Student(name, name, kind=IdKind.CANVAS_ANONYMOUS)
    else:
        student = Student(first["user"], one_line(first["who"], 100), kind=IdKind.CANVAS)
    late = any(match["late"] or match["anon_late"] for match in matches)
    source = replace(_from_files(location, name, student, files), said_late=late)
    if name == _named(first, doubtful=True):
        doubt = DOUBT.format(user=first["user"], other=first["id"])
        return replace(source, students=(), flags=(doubt,))
    return source


def _two_ways(match: re.Match[str]) -> bool:
    """Whether its own name or that of its owner may have the numbers of somebody else in it."""
    return not match["anon"] and bool(TWO_WAYS.fullmatch(match["file"]))


def moodle(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a download from Moodle; none where this is none."""
    names = [name for name in tree.folders + tree.files if not litter(name)]
    matches = {name: match for name in names if (match := MOODLE.fullmatch(name))}
    if not matches or len(matches) < len(names) / 2:
        return []
    folders, files = {}, defaultdict(list)
    inside = set(tree.folders)
    doubtful = [name for name in matches if len(OF_A_USER.findall(name)) > 1]
    unknown = [_of_two(location, matches[name], name in inside) for name in doubtful]
    for name in doubtful:
        del matches[name]
    for name, match in matches.items():
        whose = (match["who"], match["user"])
        if name in inside:  # what was typed into the form counts only where no file was handed in
            folders[whose] = name if match["sort"] == "file" else folders.get(whose, name)
        else:
            files[whose].append((match["file"], name))
    return (
        [
            SubmissionSource(
                location.below(name), location.whole / f"{who}_{user}", (_of_moodle(user, who),)
            )
            for (who, user), name in folders.items()
        ]
        + [
            _from_files(location, f"{who}_{user}", _of_moodle(user, who), own)
            for (who, user), own in files.items()
            if (who, user) not in folders
        ]
        + unknown
    )


def _of_two(location: Location, match: re.Match[str], is_folder: bool) -> SubmissionSource:
    """What lies under a name that may be of either of two users; it is never added to others."""
    name = match.string
    first, *_, last = OF_A_USER.findall(name)
    source = SubmissionSource(location.below(name), location.whole / name)
    if not is_folder:
        nobody = _of_moodle(last, match["who"])
        source = _from_files(location, name, nobody, [(match["file"], name)])
    return replace(source, students=(), flags=(DOUBT.format(user=first, other=last),))


def _from_files(
    location: Location, name: str, student: Student, files: Iterable[tuple[str, str]]
) -> SubmissionSource:
    """Files that lie among those of others, under the names that their owner gave them.

    Of ddpm.py and ddpm-1.py, each keeps its name; alone, ddpm-1.py is called ddpm.py.
    """
    entries = dict(files)
    picked: dict[str, str] = {}
    for own, entry in entries.items():
        plain = AGAIN.sub("", own)
        picked[own if plain in entries or plain in picked else plain] = entry
    place = Location(location.path, location.inside, picked)
    return SubmissionSource(place, location.whole / name, (student,))


def _of_moodle(user: str, name: str) -> Student:
    return Student(one_line(user, 100), one_line(name, 100), kind=IdKind.MOODLE)
