"""A verification as people read it: level by level, each finding by its name."""

from llmops.index.verification import Recall, Reread, Verification

FOUND = Verification(index="docs", generation="abc", documents=3, chunks=1200, vectors=1201, probed=200)


def test_all_levels_are_named_with_what_was_looked_at() -> None:
    recall = Recall(k=10, queries=100, share=1.0, low=0.963, high=1.0)
    found = FOUND.model_copy(update={"recall": recall, "sources": Reread(documents=3)})
    assert found.rows() == [
        ["L0", "counts with the manifest", "1,200 chunks, 1,201 vectors", "0 pending"],
        ["L1", "ids with the manifest", "1,201 ids", "0 missing, 0 extra, 0 duplicate"],
        ["L2", "vectors with the embedding cache", "1,200 vectors", "0 wrong, 0 of a wrong dimension, 0 uncached"],
        ["L3", "searches with the vectors", "200 searches, 100 for recall",
         "0 unreachable; recall@10 1.000 [0.963, 1.000] of 100 queries, 0.9 wanted"],
        ["L4", "sources with the manifest", "3 documents", "0 changed, 0 new, 0 gone, 0 unreadable"],
    ]  # fmt: skip
    assert found.sound
    assert len(found.columns) == 4


def test_what_was_not_looked_at_is_said() -> None:
    rows = FOUND.model_copy(update={"unusable": "the folder is gone", "vectors": 0}).rows()
    assert [row[2] for row in rows] == ["1,200 chunks, 0 vectors", *["not looked at"] * 4]
    assert (rows[0][3], rows[4][3]) == ("the folder is gone", "--sources reads them again")


def test_each_finding_is_unsound_and_named() -> None:
    for name in ("missing", "extra", "duplicate", "wrong", "wrong_dimension", "unreachable"):
        found = FOUND.model_copy(update={name: 2})
        assert (found.is_damaged, found.sound) == (True, False), name
        assert f"2 {name}".replace("2 wrong_dimension", "2 of a wrong dimension") in found.in_words()
        assert "llmops index verify docs --repair" in found.in_words()
    for name in ("pending", "uncached"):
        found = FOUND.model_copy(update={name: 2})
        assert (found.is_damaged, found.is_intact, found.sound) == (False, False, False), name


def test_a_recall_that_is_surely_too_low_is_a_finding() -> None:
    poor = Recall(k=10, queries=100, share=0.8, low=0.75, high=0.85)
    found = FOUND.model_copy(update={"recall": poor})
    assert (found.is_intact, found.is_slack, found.sound) == (True, True, False)
    assert "recall@10 0.800 [0.750, 0.850] of 100 queries, 0.9 wanted and missed" in found.in_words()
    assert "too few are found: llmops index verify docs --repair" in found.in_words()
    open_ = Recall(k=10, queries=20, share=0.85, low=0.7, high=0.93)
    assert FOUND.model_copy(update={"recall": open_}).sound  # 20 queries do not tell


def test_what_cannot_be_reached_is_told_apart_from_what_is_lost() -> None:
    unreached = FOUND.model_copy(
        update={
            "missing": 0,
            "extra": 0,
            "duplicate": 0,
            "wrong": 0,
            "wrong_dimension": 0,
            "uncached": 0,
            "unreachable": 2,
        }
    )
    assert unreached.is_only_unreachable
    assert unreached.is_damaged
    assert not unreached.model_copy(update={"missing": 1}).is_only_unreachable
    assert not unreached.model_copy(update={"unreachable": 0}).is_only_unreachable
