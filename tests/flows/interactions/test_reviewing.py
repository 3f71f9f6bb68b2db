"""Everybody draws the same sample, and a sheet comes back as what people wrote."""

import csv
import io
import json
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile, NotFound
from llmops.domain.interaction import Feedback, Wanted
from llmops.flows.interactions.reviewing import draw, is_said, question_of, read_score, read_sheet, write_sheet
from llmops.storage.store import Store
from tests.support.interactions import BEGAN, interaction

ALL = Wanted()


@pytest.fixture
def filled(store: Store) -> Store:
    store.interactions.add([interaction(number, app="docs" if number % 2 else "other") for number in range(1, 61)])
    return store


def ids(store: Store, size: int, wanted: Wanted = ALL, **who: str) -> list[str]:
    return [one.id for one in draw(store.interactions, wanted, size=size, **who)]


def test_a_draw_is_repeated_and_a_larger_one_contains_it(filled: Store) -> None:
    ten = ids(filled, 10)
    assert len(set(ten)) == 10
    assert ids(filled, 10) == ten == ids(filled, 30)[:10]
    assert sorted(ids(filled, 100)) == sorted(f"reply-{number}" for number in range(1, 61))
    assert ids(filled, 10, queue="second") != ten
    filled.interactions.add([interaction(number) for number in range(61, 64)])
    assert len(set(ten) & set(ids(filled, 10))) >= 7, "what comes later displaces few"


def test_only_what_is_asked_for_is_drawn_and_not_what_one_has_reviewed(filled: Store) -> None:
    odd = ids(filled, 100, Wanted(app="docs", limit=1))
    assert len(odd) == 30
    first = ids(filled, 1)[0]
    filled.interactions.add_feedback(Feedback(interaction_id=first, at=BEGAN, who="ada", score=1.0))
    assert first not in ids(filled, 100, reviewer="ada")
    assert ids(filled, 1, reviewer="bob") == [first]


def test_each_is_drawn_as_often_as_any_other(filled: Store) -> None:
    counts = [0] * 61
    for number in range(100):
        for id_ in ids(filled, 6, queue=str(number)):
            counts[int(id_.removeprefix("reply-"))] += 1
    assert sum(counts) == 600
    assert max(counts) < 10 + 6 * 10**0.5
    assert min(counts[1:]) > 0


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.jsonl"])
def test_a_sheet_comes_back(filled: Store, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("w", newline="") as stream:
        write_sheet(draw(filled.interactions, ALL, size=3), path, stream)
    assert read_sheet(filled.interactions, path) == []
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text())))
    else:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows[0]["answer"] == "Three days [1]."
    assert rows[0]["contexts"] == "[1] Parcels take three days."
    rows[0] |= {"score": "good", "comment": "fine"}
    rows[2] |= {"correction": "Two days."}
    with path.open("w", newline="") as stream:
        if path.suffix == ".csv":
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        else:
            stream.writelines(json.dumps(row) + "\n" for row in rows)
    first, last = read_sheet(filled.interactions, path)
    assert (first.id, first.score, first.comment) == (rows[0]["id"], 1.0, "fine")
    assert (last.id, last.score, last.correction) == (rows[2]["id"], None, "Two days.")
    assert not is_said(filled.interactions, first, "ada")
    told = Feedback(interaction_id=first.id, at=BEGAN, who="ada", score=1.0, comment="fine")
    filled.interactions.add_feedback(told)
    assert is_said(filled.interactions, first, "ada")
    assert not is_said(filled.interactions, first, "bob")


@pytest.mark.parametrize(
    ("row", "said", "hint"),
    [
        ("reply-1,great", "csv:2: score 'great' is no score", "Write 1, 0, good, bad"),
        ("reply-1,nan", "score 'nan' is no score", "Write 1, 0"),
        ("reply-99,1", "csv:2: there is no interaction 'reply-99'", "remove the row"),
        (",1", "csv:2: a row has no id", "Keep the column id"),
    ],
)
def test_what_cannot_be_kept_is_told_with_its_line(
    filled: Store, tmp_path: Path, row: str, said: str, hint: str
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(f"id,score\n{row}\n")
    with pytest.raises(InvalidFile, match=said) as caught:
        read_sheet(filled.interactions, path)
    assert hint in caught.value.hint


def test_a_missing_sheet_says_how_one_is_made(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file") as caught:
        read_sheet(filled.interactions, tmp_path / "none.csv")
    assert "llmops log review -n 20 -o" in caught.value.hint


def test_scores_are_words_or_numbers() -> None:
    assert [read_score(text) for text in ("Good", "bad", "0.5", "x", "inf")] == [1.0, 0.0, 0.5, None, None]


def test_the_question_of_a_conversation_is_its_last_turn() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    assert question_of(interaction(inputs={"messages": turns})) == "c"
    assert question_of(interaction(inputs={"x": 1})) == '{"x": 1}'
