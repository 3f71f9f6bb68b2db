"""People look at a sample of what an application answered: who gets what, and sheets that are filled in elsewhere."""

import csv
import heapq
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TextIO

from llmops.core.errors import InvalidFile, NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction, Wanted
from llmops.flows.interactions.redaction import Redaction
from llmops.presentation.cleaning import cell
from llmops.storage.interactions import InteractionRepository
from llmops.text.records import read_records

COLUMNS: Final = ("id", "score", "correction", "comment", "question", "answer", "contexts", "verdict", "app", "time")

_PAGE: Final = 1_000
_GOOD: Final = frozenset({"good", "yes", "up", "pass"})
_BAD: Final = frozenset({"bad", "no", "down", "fail"})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a row of a sheet says of an interaction; `line` is where it stands."""

    line: int
    id: str
    score: float | None
    correction: str | None
    comment: str


def draw(
    log: InteractionRepository, wanted: Wanted, *, size: int, queue: str = "", reviewer: str = ""
) -> list[Interaction]:
    """Draw interactions at random, the same ones for everybody who asks the same, with their texts.

    Those with the smallest digests of queue and id are taken: every interaction is equally likely, a larger sample contains
    the smaller one, and another queue draws independently. All that match are looked at, and only `size` of them held.

    Args:
        log: where they are.
        wanted: which ones; its limit says nothing.
        size: how many at most.
        queue: what the draw is called.
        reviewer: the hash of who reviews; what they said something of already is left out.
    """
    held: list[tuple[int, str]] = []
    before: int | None = None
    while page := log.find(wanted.model_copy(update={"before": before, "limit": _PAGE})):
        before = page[-1][0]
        drawn = [(-int.from_bytes(sha256(f"{queue}\n{one.id}".encode()).digest()), one.id) for _, one in page]
        if len(held) == size:
            drawn = [pair for pair in drawn if pair > held[0]]
        seen = log.feedback([id_ for _, id_ in drawn]) if reviewer and drawn else {}
        for pair in drawn:
            if any(said.who == reviewer for said in seen.get(pair[1], ())):
                continue
            if len(held) < size:
                heapq.heappush(held, pair)
            else:
                heapq.heappushpop(held, pair)
    return [log.get(id_) for _, id_ in sorted(held, reverse=True)]


def question_of(one: Interaction) -> str:
    """What was asked: the question, or the last turn of a person."""
    asked = one.inputs.get("question")
    turns = one.inputs.get("messages")
    if not asked and isinstance(turns, list):
        said = [turn.get("content") for turn in turns if isinstance(turn, dict) and turn.get("role") == "user"]
        asked = said[-1] if said else ""
    return asked if isinstance(asked, str) else json.dumps(asked or one.inputs, ensure_ascii=False)


def write_sheet(found: Sequence[Interaction], path: Path, stream: TextIO) -> None:
    """Write a row for each interaction, with nothing said of it yet; `.jsonl` writes JSON lines, everything else CSV."""
    rows = [_row(one) for one in found]
    if path.suffix.lower() == ".jsonl":
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(row[name]) for name in COLUMNS] for row in rows)


def read_sheet(log: InteractionRepository, path: Path) -> list[Opinion]:
    """What people wrote into a sheet; rows in which they said nothing are left out.

    Raises:
        NotFound: there is no such file.
        InvalidFile: a score that is none, or an interaction that is not in the log, with the line.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", hint=f"llmops log review -n 20 -o {path}")
    found = [opinion for line, row in read_records(path) if (opinion := _opinion(path, line, row)) is not None]
    known = log.known([opinion.id for opinion in found])
    for opinion in found:
        if opinion.id not in known:
            raise InvalidFile(
                str(path), f"there is no interaction {opinion.id!r}", line=opinion.line,
                hint="It may have been deleted; remove the row.",
            )  # fmt: skip
    return found


def is_said(log: InteractionRepository, opinion: Opinion, reviewer: str) -> bool:
    """Tell whether a person has said exactly this before."""
    redact = Redaction()
    correction = None if opinion.correction is None else redact(opinion.correction, "output")
    told = (opinion.score, correction, redact(opinion.comment, "output"))
    said = log.feedback([opinion.id]).get(opinion.id, [])
    return any(one.who == reviewer and (one.score, one.correction, one.comment) == told for one in said)


def read_score(text: str) -> float | None:
    """The number that a person means; None where it is none."""
    word = text.strip().lower()
    if word in _GOOD or word in _BAD:
        return float(word in _GOOD)
    try:
        score = float(word)
    except ValueError:
        return None
    return score if math.isfinite(score) else None


def _opinion(path: Path, line: int, row: dict[str, Json]) -> Opinion | None:
    told = {name: str("" if row.get(name) is None else row[name]).strip() for name in COLUMNS[:4]}
    if not (told["score"] or told["correction"] or told["comment"]):
        return None
    score = read_score(told["score"]) if told["score"] else None
    if told["score"] and score is None:
        raise InvalidFile(
            str(path),
            f"score {told['score']!r} is no score",
            line=line,
            hint="Write 1, 0, good, bad or another number.",
        )
    if not told["id"]:
        raise InvalidFile(str(path), "a row has no id", line=line, hint="Keep the column id as it was written.")
    return Opinion(line, told["id"], score, told["correction"] or None, told["comment"])


def _row(one: Interaction) -> dict[str, Json]:
    contexts = "\n\n".join(f"[{number}] {context.text}" for number, context in enumerate(one.contexts, 1))
    told = ("", "", "", question_of(one), one.output, contexts, one.action, one.app, f"{one.at:%Y-%m-%d %H:%M:%S}")
    return dict(zip(COLUMNS, (one.id, *told), strict=True))
