"""The command line. What a command needs is imported when it runs, so that --help is quick."""

from autograder.command_line import command_line

from . import check, demo, evaluate, figures, grade, release, similar

app = command_line(
    help="Grade submissions, and keep the assignment itself in order.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    *(grade.grade, demo.demo, figures.figures, check.check),
    *(release.release, similar.similar, evaluate.evaluate),
):
    app.command()(command)
