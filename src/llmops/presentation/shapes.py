"""What charts are drawn of: lines, boxes, circles and words, in classes whose looks are in `charts.STYLE`; and the picture
that holds them. Places are in pixels from the top left corner."""

from collections.abc import Iterable

from llmops.presentation.cleaning import one_line
from llmops.presentation.html import Html, element, join


def picture(width: int, height: int, title: str, told: str, shapes: Iterable[Html], *, label: str = "") -> Html:
    """An SVG picture. Screen readers say `label`, if empty the title and what is told."""
    return element(
        "svg",
        element("title", title),
        element("desc", told),
        join(shapes),
        class_="chart",
        role="img",
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        aria_label=label or f"{title}. {told}",
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    """A straight line."""
    return element("line", class_=kind, x1=pixels(x1), y1=pixels(y1), x2=pixels(x2), y2=pixels(y2))


def box(x: float, y: float, width: float, height: float, kind: str, told: str) -> Html:
    """A box that tells something when pointed at."""
    size = {"x": pixels(x), "y": pixels(y), "width": pixels(width), "height": pixels(height), "rx": "1.5"}
    return element("rect", element("title", told), class_=kind, **size)


def circle(x: float, y: float, told: str = "", *, kind: str = "dot", radius: str = "4.5") -> Html:
    """A filled circle; it tells something when pointed at, if there is something to tell."""
    return element("circle", element("title", told) if told else "", class_=kind, cx=pixels(x), cy=pixels(y), r=radius)


def words(x: float, y: float, text: str, *, kind: str = "", anchor: str = "start") -> Html:
    """A text in one line that starts, ends or has its middle (`anchor`) at a place."""
    return element("text", one_line(text), class_=kind or None, x=pixels(x), y=pixels(y), text_anchor=anchor)


def pixels(value: float) -> str:
    """A length or place as it is written."""
    return f"{value:.1f}"
