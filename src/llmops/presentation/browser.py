"""The case browser of a page: its frame, its style and its script; what it shows comes in blocks of packed data."""

from functools import cache
from importlib.resources import files

from llmops.presentation.html import Html, element, join

KEYS = (
    ("j k", "next, previous"),
    ("↑ ↓", "the same in the list"),
    ("h l", "other repeats"),
    ("/", "search"),
)


@cache
def script() -> str:
    """The script. It makes text nodes only, and loads nothing."""
    return files("llmops.presentation").joinpath("browser.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """The style sheet of the browser."""
    return files("llmops.presentation").joinpath("browser.css").read_text(encoding="utf-8")


def frame(orders: tuple[tuple[str, str], ...] = (("worst", "worst first"), ("name", "as in the data set"))) -> Html:
    """The empty browser, hidden until its script has something to show."""
    search = element(
        "input",
        type="search",
        data_part="search",
        placeholder="Search inputs, answers, contexts …",
        aria_label="Search",
    )
    segment = element("select", element("option", "all segments", value=""), data_part="segment", aria_label="Segment")
    order = element(
        "select",
        *(element("option", told, value=value) for value, told in orders),
        data_part="order",
        aria_label="Order",
    )
    keys = join(
        element("span", *(element("kbd", key) for key in pressed.split()), f" {told}") for pressed, told in KEYS
    )
    listed = element(
        "div", element("div", "", data_part="rows", class_="rows"), data_part="list", class_="list", role="listbox",
        tabindex="0", aria_label="Cases",
    )  # fmt: skip
    return element(
        "div",
        element("div", search, segment, order, class_="bar"),
        element("div", "", data_part="filters", class_="filters", role="group", aria_label="Filters"),
        element("p", "", data_part="status", class_="soft small", role="status"),
        element("div", listed, element("article", "", data_part="detail", class_="detail", tabindex="0"), class_="panes"),
        element("p", keys, class_="keys soft small"),
        element("p", "", data_part="failure", class_="soft"),
        id="browser", class_="browser", hidden="",
    )  # fmt: skip
