"""Figure 2 of the handout: what each block is made of."""

from pathlib import Path

from .drawing import FAINT, Page

# Block, its shapes, its layers from left to right; a comma inside a layer breaks its line.
SIMPLE = (
    ("Conv", "H × W stay", ("Conv2d a→b,3, 1, 1", "BN", "GELU")),
    ("DownConv", "H × W  →  H/2 × W/2", ("Conv2d a→b,3, 2, 1", "BN", "GELU")),
    ("UpConv", "H × W  →  2H × 2W", ("ConvT2d a→b,4, 2, 1", "BN", "GELU")),
    ("Flatten", "7 × 7  →  1 × 1", ("AvgPool2d,7", "GELU")),
    ("Unflatten", "1 × 1  →  7 × 7", ("ConvT2d a→a,7, 7, 0", "BN", "GELU")),
)
COMPOSED = (
    ("ConvBlock", "H × W stay", ("Conv a→b", "Conv b→b")),
    ("DownBlock", "H × W  →  H/2 × W/2", ("DownConv,a→b", "ConvBlock,b→b")),
    ("UpBlock", "H × W  →  2H × 2W", ("UpConv,a→b", "ConvBlock,b→b")),
    ("FCBlock", "a vector", ("Linear,a→b", "GELU", "Linear,b→b")),
)
WIDTHS = {"BN": 0.86, "GELU": 0.86, "Linear": 1.1}
ROW, NAME, FIRST = 0.8, 0.84, 1.72


def figure_operations(path: Path) -> None:
    """Figure 2."""
    rows = (*SIMPLE, *COMPOSED)
    page = Page(ROW * len(rows) + 0.9, width=5.4)
    for at, (name, shapes, layers) in enumerate(rows):
        y = page.height - 0.12 - ROW * (at + 0.5) - (0.15 if at >= len(SIMPLE) else 0)
        page.box((NAME, y + 0.14), (1.4, 0.38), name)
        page.text((NAME, y - 0.2), shapes, 9.5, FAINT)
        _chain(page, y + 0.02, layers)
    page.text(
        (2.7, 0.38),
        "a→b: channels in and out.   3, 1, 1: kernel, stride, padding.\n"
        "BN: BatchNorm2d.   ConvT2d: ConvTranspose2d.",
        9.5,
        FAINT,
    )
    page.save(path)


def _chain(page: Page, y: float, layers: tuple[str, ...]) -> None:
    gap, x = 0.22, FIRST
    for at, layer in enumerate(layers):
        width = WIDTHS.get(layer.partition(",")[0], 1.4)
        text = layer.replace(",", "\n", 1)
        kind = None if text.split()[0] in ("Conv", "DownConv", "UpConv", "ConvBlock") else "plain"
        if at:
            page.arrow((x, y), (x + gap, y))
            x += gap
        page.box((x + width / 2, y), (width, 0.52), text, kind, points=10.5)
        x += width
