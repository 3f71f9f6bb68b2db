"""Pieces that pages of HTML are made of: tables, figures, badges, lists of notes, folded parts."""

from collections.abc import Iterable, Sequence

from llmops.presentation.html import Html, element


def table(headings: Sequence[tuple[str, str]], rows: Iterable[Html], *, label: str) -> Html:
    """A table of (heading, class) columns, which scrolls by itself where the page is narrow."""
    head = element("thead", element("tr", *(element("th", text, class_=kind, scope="col") for text, kind in headings)))
    body = element("tbody", *rows)
    return element(
        "div", element("table", head, body), class_="scroll", role="region", tabindex="0", aria_label=label
    )  # fmt: skip


def row(heading: str, *cells: tuple[str, str]) -> Html:
    """A row of a table: its heading, then (content, class) cells."""
    return element(
        "tr", element("th", heading, scope="row"), *(element("td", inner, class_=kind or None) for inner, kind in cells)
    )


def section(anchor: str, title: str, *inner: str) -> Html:
    """A part of a page under its title; links go to `#anchor`."""
    return element("section", element("h2", title, id=f"{anchor}-title"), *inner, id=anchor)


def figure(title: str, told: str, drawn: Html, kind: str = "") -> Html:
    """A picture with its caption; `told` is said more quietly after the title."""
    caption = element("figcaption", title, element("span", f" {told}", class_="soft small") if told else "")
    return element("figure", caption, drawn, class_=kind)


def badge(text: str, tone: str, title: str = "") -> Html:
    """A word in a tone (`good`, `bad`, `open`, `quiet`); the tone only repeats what the word says."""
    return element("span", text, class_=f"badge {tone}", title=title or None)


def notes(items: Iterable[str]) -> Html:
    """A list of sentences; nothing where there are none."""
    listed = [element("li", item) for item in items]
    return element("ul", *listed, class_="notes") if listed else Html()


def label(text: str) -> Html:
    """A small heading above a text."""
    return element("p", text, class_="label")


def folded(summary: str, *inside: str, is_open: bool = False) -> Html:
    """Content behind a line that opens it."""
    return element(
        "details",
        element("summary", summary),
        element("div", *inside, class_="inside"),
        open="" if is_open else None,
    )
