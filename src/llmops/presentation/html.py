"""Pages of HTML that stand alone: one file, nothing loaded from anywhere, everything escaped.

`Html` marks what is markup; every other string that `element` is given is text, cleaned and escaped. So text of models and
users cannot become markup by being forgotten. The content policy allows this page's own style sheet and script, by their
hashes, and nothing else; `style` attributes would not work, and are refused.
"""

import base64
import hashlib
import html
from collections.abc import Iterable

from llmops.presentation.cleaning import clean

VOID = frozenset({"br", "circle", "hr", "img", "input", "line", "link", "meta", "polyline"})


class Html(str):
    """Markup. Made only by `element`, `join` and `page`."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | None) -> Html:
    """Make an element. Children that are no `Html` are text. Attributes: `class_` is class, `_` stands for `-`, None is left
    out, and the empty text stands for one without value (`open`)."""
    parts = [f"<{name}"]
    for key, value in attributes.items():
        spelled = key.rstrip("_").replace("_", "-")
        if spelled == "style" or spelled.startswith("on"):
            raise ValueError(f"the attribute {spelled} is not allowed by the page's content policy")
        if value is not None and not (value == "" and spelled == "class"):
            parts.append(f' {spelled}="{html.escape(clean(value))}"' if value else f" {spelled}")
    inner = join(child for child in children if child)
    if name in VOID and not inner:
        return Html("".join(parts) + "/>")
    return Html("".join(parts) + f">{inner}</{name}>")


def join(children: Iterable[str]) -> Html:
    """Put children one after the other; those that are no `Html` are text."""
    return Html("".join(child if isinstance(child, Html) else html.escape(clean(child)) for child in children))


def page(title: str, body: Html, *, style: str, script: str = "", language: str = "en") -> Html:
    """Make a whole page with a style sheet and, at its end, a script of ours; no other script can run on it."""
    sheet = style.strip()
    policy = f"default-src 'none'; style-src '{_sum(sheet)}'; img-src data:; base-uri 'none'; form-action 'none'"
    if script:
        # With no policy of trusted types, an assignment of markup fails in the script itself.
        policy += f"; script-src '{_sum(script)}'; require-trusted-types-for 'script'; trusted-types 'none'"
    head = join(
        [
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", title),
            element("link", rel="icon", href="data:,"),
            Html(f"<style>{sheet}</style>"),
        ]
    )
    inside = join([body, Html(f"<script>{script}</script>") if script else ""])
    return Html(
        f'<!doctype html>\n<html lang="{html.escape(language)}"><head>{head}</head>{element("body", inside)}</html>\n'
    )


def _sum(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
