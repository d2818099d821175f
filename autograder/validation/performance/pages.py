"""Results as text, by the templates of this package."""

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.config.paths import REPOSITORY


def render(template: str, **values: object) -> str:
    """The text of a template."""
    environment = Environment(
        loader=FileSystemLoader(REPOSITORY.performance_templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["ratio"] = "{0[median]:.2f}× ({0[least]:.2f}–{0[most]:.2f})".format
    return environment.get_template(template).render(values)
