"""The browsers of pages, of cases and of judged texts: frame, style, scripts. What they show comes in blocks of packed data."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from llmops.presentation.html import Html, element, join

KEYS = (
    ("j k", "next, previous"),
    ("↑ ↓", "the same in the list"),
    ("h l", "other repeats"),
    ("/", "search"),
)


TEXT_KEYS = tuple(pressed for pressed in KEYS if pressed[0] != "h l")


@cache
def script() -> str:
    """The script of the case browser. It makes text nodes only, and loads nothing."""
    return files("llmops.presentation").joinpath("browser.js").read_text(encoding="utf-8")


@cache
def text_script() -> str:
    """The script of the browser of judged texts, likewise."""
    return files("llmops.presentation").joinpath("texts.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """The style sheet of the browser."""
    return files("llmops.presentation").joinpath("browser.css").read_text(encoding="utf-8")


def frame() -> Html:
    """The empty case browser, hidden until its script has something to show."""
    orders = (("worst", "worst first"), ("name", "as in the data set"))
    return _frame("Search inputs, answers, contexts …", orders, ("segment",), KEYS)


def text_frame() -> Html:
    """The empty browser of judged texts."""
    orders = (
        ("cell", "missed and false alarms first"),
        ("score", "highest score first"),
        ("name", "as in the data set"),
    )
    return _frame("Search texts …", orders, ("group", "label", "check"), TEXT_KEYS)


def example_frame() -> Html:
    """The empty browser of examples, for the script of judged texts."""
    orders = (("cell", "most shifted first"), ("name", "as listed"))
    return _frame("Search questions and answers …", orders, ("group", "label", "check"), TEXT_KEYS)


def _frame(
    searched: str, orders: Sequence[tuple[str, str]], choices: Sequence[str], keys_shown: Sequence[tuple[str, str]]
) -> Html:
    search = element("input", type="search", data_part="search", placeholder=searched, aria_label="Search")
    selects = (
        element("select", element("option", f"all {name}s", value=""), data_part=name, aria_label=name.capitalize())
        for name in choices
    )
    order = element(
        "select",
        *(element("option", told, value=value) for value, told in orders),
        data_part="order",
        aria_label="Order",
    )
    keys = join(
        element("span", *(element("kbd", key) for key in pressed.split()), f" {told}") for pressed, told in keys_shown
    )
    listed = element(
        "div", element("div", "", data_part="rows", class_="rows"), data_part="list", class_="list", role="listbox",
        tabindex="0", aria_label="Cases",
    )  # fmt: skip
    return element(
        "div",
        element("div", search, *selects, order, class_="bar"),
        element("div", "", data_part="filters", class_="filters", role="group", aria_label="Filters"),
        element("p", "", data_part="status", class_="soft small", role="status"),
        element("div", listed, element("article", "", data_part="detail", class_="detail", tabindex="0"), class_="panes"),
        element("p", keys, class_="keys soft small"),
        element("p", "", data_part="failure", class_="soft"),
        id="browser", class_="browser", hidden="",
    )  # fmt: skip
