"""The command line. What a command needs is imported when it runs, so that --help is quick."""

from autograder.command_line import command_line

from . import demo, evaluate, figures, grade, lint, release, similar, validate

app = command_line(
    help="Grade submissions; check, release and validate the assignment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    *(grade.grade, demo.demo, figures.figures, evaluate.evaluate, similar.similar),
    *(lint.lint, release.release, validate.validate),
):
    app.command()(command)
OLD_COMMAND = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
app.command(hidden=True, context_settings=OLD_COMMAND)(lint.check)
