"""Records of the case browser."""

import base64
import gzip
import json
import random
import string

from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.evals.reports.case_records import CHUNK, RecordPacker, record
from tests.support.eval_runs import contexts, report, result


def unpacked(packed: str) -> list[Json]:
    return [json.loads(line) for line in gzip.decompress(base64.b64decode(packed)).decode().split("\n")]


def test_a_record_has_everything_that_is_shown() -> None:
    given = result("a", 0.0, contexts=contexts("one", "two"), metadata={"topic": "x"})
    assert record(given, report([given]).scores, 1000, whole=True) == {
        "r": 0,
        "s": [[0, "0.000", "bad", ""]],
        "o": "an answer",
        "t": "openai/gpt-4o-mini · 250 ms · 15 tokens · $0.001",
        "n": 2,
        "c": [["docs/a.md:3", "0.900", "one"], ["docs/a.md:3", "0.900", "two"]],
        "i": [["question", "about a?"]],
        "x": [["answer", "the answer"]],
        "d": [["topic", "x"]],
    }


def test_inputs_stand_only_where_they_are_wanted() -> None:
    given = result("a", error="time-out")
    assert record(given, report([given]).scores, 1000, whole=False) == {
        "r": 0,
        "s": [[0, "missing", "open", "judge unreadable"]],
        "e": "time-out",
    }


def test_a_record_that_was_cut_says_so() -> None:
    long = result("a", Score.missing("why " * 500), output="x" * 5000, contexts=contexts("y" * 5000))
    found = record(long, report([long]).scores, 900, whole=False)
    assert found["cut"] is True
    assert found["o"].endswith("… (4,100 more characters)")
    assert found["c"][0][2].endswith("… (4,700 more characters)")
    assert len(found["s"][0][3]) < 500


def test_hostile_texts_are_cleaned() -> None:
    evil = "\x1b[31mred\u202e\x00"
    given = result("a", Score.missing(evil), output=evil, expectations={evil: evil}, contexts=contexts(evil))
    text = json.dumps(record(given, report([given]).scores, 1000, whole=True), ensure_ascii=False)
    assert not set(text) & {"\x1b", "\u202e", "\x00"}
    assert "red" in text


def test_records_are_packed_by_the_dozen_and_keep_their_places() -> None:
    rows = [result(f"c{i}", 1.0) for i in range(CHUNK + 3)]
    packer = RecordPacker(report(rows).scores, len(rows))
    assert [packer.add(row, whole=True) for row in rows] == list(range(len(rows)))
    packer.close()
    packer.close()
    assert [len(unpacked(packed)) for packed in packer.chunks] == [CHUNK, 3]
    assert unpacked(packer.chunks[1])[0]["i"] == [["question", f"about c{CHUNK}?"]]


def test_texts_are_cut_until_all_records_fit() -> None:
    draw = random.Random(1)
    rows = [
        result(f"c{i}", 1.0, output="".join(draw.choices(string.printable, k=6000)), contexts=contexts("z" * 3000))
        for i in range(4 * CHUNK)
    ]
    packer = RecordPacker(report(rows).scores, len(rows), budget=300_000)
    for row in rows:
        packer.add(row, whole=True)
    assert sum(map(len, packer.chunks)) <= 300_000
    assert packer.tightest < 2000
    roomy = RecordPacker(report(rows).scores, len(rows))
    for row in rows:
        roomy.add(row, whole=True)
    assert roomy.tightest == 8000
