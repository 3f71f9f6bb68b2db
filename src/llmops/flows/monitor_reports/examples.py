"""The examples of a report in a browser of texts: searched, filtered by kind, signal or alert, and version."""

import json
from collections.abc import Sequence
from typing import Final

from llmops.core.hashing import Json
from llmops.flows.interactions.reviewing import question_of
from llmops.flows.monitor_reports.clouds import ShownExample
from llmops.presentation.browser import example_frame
from llmops.presentation.cleaning import clean, one_line
from llmops.presentation.html import Html, element, join
from llmops.presentation.packing import block, pack
from llmops.presentation.pieces import badge, label

LONGEST: Final = 4_000
KINDS: Final = {
    "most shifted": ("answers that show most of what is new", "bad"),
    "typical now": ("answers like most since then", "quiet"),
    "typical before": ("answers like most before", "quiet"),
}


def examples_section(examples: Sequence[ShownExample]) -> Html:
    """The browser; nothing without examples."""
    if not examples:
        return Html()
    data = {
        "plain": True,
        "cells": [{"name": kind, "told": told, "tone": tone} for kind, (told, tone) in KINDS.items()],
        "texts": [_text(one) for one in examples],
    }
    return join(
        [example_frame(), _without_script(examples), block("texts", pack(json.dumps(data, ensure_ascii=False)))]
    )


def _text(one: ShownExample) -> Json:
    text = _said(one)
    return {
        "id": clean(one.interaction.id),
        "cell": list(KINDS).index(one.kind),
        "label": clean(one_line(one.source, 60)),
        "group": clean(one.interaction.version[:19]),
        "checks": [],
        "score": "",
        "time": f"{one.interaction.at:%Y-%m-%d %H:%M} UTC",
        "parts": [(text[:LONGEST], "")],
        "whole": [],
        "errors": [clean(one.interaction.error)] if one.interaction.error else [],
        "cut": len(text) if len(text) > LONGEST else 0,
    }


def _said(one: ShownExample) -> str:
    return clean(f"{question_of(one.interaction)}\n\n→ {one.interaction.output}")


def _without_script(examples: Sequence[ShownExample]) -> Html:
    parts = [element("p", "This browser runs no script on this page, so there is no search.")]
    for one in examples:
        facts = f"{one.interaction.id} · {one_line(one.source, 60)} · {one.interaction.at:%Y-%m-%d %H:%M} UTC"
        parts += [label(facts), badge(one.kind, KINDS[one.kind][1]), element("pre", _said(one)[:LONGEST])]
    return element("noscript", *parts)
