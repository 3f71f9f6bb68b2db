"""The browser of the texts behind the numbers: what was missed, caught, and wrongly caught, with what was found marked.

A reader whose browser runs no script sees the first texts of each cell instead, as folded lists.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.guard.decisions import merge_spans
from llmops.guard.quality.summary import CELLS, Cell, cell_of
from llmops.guard.quality.trials import Trial
from llmops.presentation.browser import text_frame
from llmops.presentation.cleaning import clean
from llmops.presentation.figures import number, seconds
from llmops.presentation.html import Html, element, join
from llmops.presentation.packing import block, pack
from llmops.presentation.pieces import badge, folded, label

if TYPE_CHECKING:
    from llmops.core.hashing import Json

SHOWN: Final = 50
"""Texts of each cell where no script runs."""

MOST: Final = 20_000
LONGEST: Final = 4_000
TOLD: Final[dict[Cell, tuple[str, str]]] = {
    "missed": ("bad texts that were let through", "bad"),
    "false alarm": ("benign texts that were caught", "bad"),
    "caught": ("bad texts that were caught", "good"),
    "let through": ("benign texts that were let through", "good"),
    "error": ("texts of which a check could not tell", "open"),
}


def texts(trials: Sequence[Trial]) -> Html:
    """The browser over all texts; of more than 20,000 those that were judged right are left out first."""
    chosen = list(range(len(trials)))
    if len(trials) > MOST:
        wrong_first = sorted(chosen, key=lambda n: CELLS.index(cell_of(trials[n])) in (2, 3))
        chosen = sorted(wrong_first[:MOST])
    told = (
        f"{len(chosen):,} of {len(trials):,} texts; the others were judged right." if len(chosen) < len(trials) else ""
    )
    return element(
        "section",
        element("h2", "Texts"),
        element("p", told, class_="soft") if told else "",
        text_frame(),
        _without_script(trials),
        block("texts", pack(json.dumps(_data([trials[n] for n in chosen]), ensure_ascii=False))),
        class_="wide",
    )


def _data(trials: Sequence[Trial]) -> "Json":
    """What the script reads."""
    return {
        "cells": [{"name": cell, "told": TOLD[cell][0], "tone": TOLD[cell][1]} for cell in CELLS],
        "texts": [
            {
                "id": clean(trial.case.id),
                "cell": CELLS.index(cell_of(trial)),
                "label": clean(trial.case.label.name),
                "group": clean(trial.case.group),
                "checks": trial.checks,
                "score": number(trial.score),
                "time": seconds(trial.seconds),
                "parts": [(clean(text), kind) for text, kind in _parts(trial, LONGEST)],
                "whole": _whole(trial),
                "errors": [clean(reason) for reason in trial.errors],
                "cut": len(trial.case.text) if len(trial.case.text) > LONGEST else 0,
            }
            for trial in trials
        ],
    }


def _parts(trial: Trial, longest: int) -> list[tuple[str, str]]:
    """The text in pieces, each with the type of what was found there, or nothing; findings of the whole text are left out."""
    text, parts, last = trial.case.text[:longest], [], 0
    for span in merge_spans(f for f in trial.findings if (f.start, f.end) != (0, len(trial.case.text))):
        if span.start >= longest:
            break
        parts += [(text[last : span.start], ""), (text[span.start : span.end], span.type)]
        last = span.end
    return [part for part in (*parts, (text[last:], "")) if part[0]]


def _whole(trial: Trial) -> list[str]:
    """What was found of the whole text."""
    return sorted({f.type for f in trial.findings if (f.start, f.end) == (0, len(trial.case.text))})


def _without_script(trials: Sequence[Trial]) -> Html:
    parts = [element("p", "This browser runs no script on this page, so there is no search.")]
    for cell in CELLS:
        mine = [trial for trial in trials if cell_of(trial) == cell]
        if mine:
            told, tone = TOLD[cell]
            more = [element("p", f"and {len(mine) - SHOWN:,} more", class_="soft")] if len(mine) > SHOWN else []
            summary = join([badge(cell, tone), f" {len(mine):,} {told}"])
            parts.append(folded(summary, *map(_text, mine[:SHOWN]), *more, is_open=cell in ("missed", "false alarm")))
    return element("noscript", *parts)


def _text(trial: Trial) -> Html:
    case = trial.case
    facts = [case.id, case.label.name, case.group, f"score {number(trial.score)}", seconds(trial.seconds)]
    marked: list[str] = [badge(name, "quiet") for name in _whole(trial)]
    for text, kind in _parts(trial, LONGEST):
        marked += [element("mark", text), badge(kind, "quiet")] if kind else [text]
    errors = (element("p", reason, class_="soft small") for reason in trial.errors)
    return join([label(" · ".join(fact for fact in facts if fact)), element("pre", *marked), *errors])
