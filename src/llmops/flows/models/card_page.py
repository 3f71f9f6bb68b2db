"""A model card as one page of HTML that needs nothing else, and as Markdown."""

from llmops.flows.models.card import Card, Section
from llmops.presentation import markdown
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.curves import STYLE as CURVE_STYLE
from llmops.presentation.curves import Curve, curves
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import figure, row, section, table
from llmops.presentation.style import STYLE


def write_page(card: Card) -> str:
    """The page."""
    links = [element("a", part.title, href=f"#{_anchor(part)}") for part in card.sections]
    body = join(
        [
            element(
                "header",
                element("p", "Model card", class_="eyebrow"),
                element("h1", card.ref),
                element("p", card.message) if card.message else "",
                element("p", f"{card.told} · {card.digest}", class_="soft small"),
            ),
            element("nav", *links, aria_label="Sections"),
            element("main", *(_section(part, card) for part in card.sections)),
            element("footer", f"Written by llmops for {card.ref}, from what is recorded."),
        ]
    )
    return page(card.ref, body, style=STYLE + CHART_STYLE + CURVE_STYLE)


def write_markdown(card: Card) -> str:
    """The same without pictures."""
    parts = [f"# {markdown.escape(card.ref)}", markdown.escape(card.message), f"{card.told}"]
    for part in card.sections:
        parts.append(f"## {markdown.escape(part.title)}")
        if part.pairs:
            parts.append(markdown.table(("", ""), part.pairs))
        if part.rows:
            parts.append(markdown.table(part.columns, part.rows))
        if part.text:
            parts.append(markdown.fence(part.text))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(part: Section, card: Card) -> Html:
    inner: list[str] = []
    if part.pairs:
        told = [element(kind, text) for pair in part.pairs for kind, text in zip(("dt", "dd"), pair, strict=True)]
        inner.append(element("dl", *told, class_="pairs"))
    if part.rows:
        columns = [(name, "") for name in part.columns]
        inner.append(
            table(columns, [row(first, *((cell, "") for cell in rest)) for first, *rest in part.rows], label=part.title)
        )
    if part.text:
        inner.append(element("pre", part.text))
    if part.title == "Metrics":
        inner += [
            figure(key, "", curves([Curve("", [s for s, _ in points], [v for _, v in points])], title=key), "wide")
            for key, points in card.curves.items()
        ]
    return section(_anchor(part), part.title, *inner)


def _anchor(part: Section) -> str:
    return part.title.lower().replace(" ", "-")
