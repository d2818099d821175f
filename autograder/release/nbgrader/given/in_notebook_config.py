"""In-notebook scores, as nbgrader makes them: nbgrader autograde --config in_notebook_config.py

For a copy of the course directory only, on a machine where nothing is of record. Every notebook is
run, in a kernel that can read and write what whoever runs it can: gradebook.db too. The scores are
what notebooks say of themselves, which is feedback.
"""

from nbgrader.converters import Autograde

c = get_config()  # noqa: F821

c.Autograde.sanitize_preprocessors = Autograde.sanitize_preprocessors.default_args[0]
c.Autograde.autograde_preprocessors = Autograde.autograde_preprocessors.default_args[0]
