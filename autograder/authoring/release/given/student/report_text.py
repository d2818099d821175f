"""A report's Markdown, read with markdown-it: CommonMark, tables, and formulas between dollars.

Comments are left out; other HTML stays as you wrote it. Part of `submit.py --pdf`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.tree import SyntaxTreeNode as Node
from mdit_py_plugins.dollarmath import dollarmath_plugin
from reporting import COMMENT


@dataclass(frozen=True)
class Span:
    """Words of one look."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    formula: bool = False
    url: str = ""


PLAIN, BOLD = Span(""), Span("", bold=True)


def blocks(markdown: str) -> list[Node]:
    """The blocks of a text, such as headings and lists, with what is in them."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
    dollarmath_plugin(
        parser, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True
    )
    parser.block.ruler.before("math_block", "math_start", _math_starts, {"alt": ["paragraph"]})
    return Node(parser.parse(COMMENT.sub("", markdown))).children


def _math_starts(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Lets a line that begins with $$ end a paragraph; makes nothing itself."""
    return silent and state.src.startswith("$$", state.bMarks[line] + state.tShift[line])


def pieces(text: Node, look: Span = PLAIN) -> Iterator[list[Span] | Node]:
    """A paragraph or heading, divided where a picture or formula has lines of its own."""
    for _, group in groupby(_parts(text.children, look), type):
        parts = list(group)
        spans = [part for part in parts if isinstance(part, Span)]
        if any(span.text.strip() for span in spans):
            yield spans
        yield from (part for part in parts if isinstance(part, Node))


def words(text: Node, look: Span = PLAIN) -> Iterator[Span]:
    """The words of a text in one piece; of pictures, those below them."""
    for part in _parts(text.children, look):
        if isinstance(part, Span):
            yield part
        elif part.type == "image":
            yield from words(part, look)
        else:
            yield formula(part)


def formula(node: Node) -> Span:
    """A formula, in one line."""
    return Span(f"${' '.join(node.content.split())}$", formula=True)


def _parts(nodes: Iterable[Node], look: Span) -> Iterator[Span | Node]:
    for node in nodes:
        match node.type:
            case "inline":
                yield from _parts(node.children, look)
            case "strong":
                yield from _parts(node.children, replace(look, bold=True))
            case "em":
                yield from _parts(node.children, replace(look, italic=True))
            case "link":
                yield from _parts(node.children, replace(look, url=str(node.attrs["href"])))
            case "image" | "math_inline_double":
                yield node
            case "math_inline":
                yield formula(node)
            case "softbreak" | "hardbreak":
                yield replace(look, text=" " if node.type == "softbreak" else "\n")
            case kind:
                yield replace(look, text=node.content, code=kind == "code_inline")
