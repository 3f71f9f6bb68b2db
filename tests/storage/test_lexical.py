"""Full-text search over chunks, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from llmops.core.hashing import Json
from llmops.domain.manifest import Generation, Lease
from llmops.storage.lexical import MOST_WORDS, _ranking
from llmops.storage.store import Store
from tests.support.corpora import NOW, add_documents, item, new_index

DOCUMENTS = {
    "alias": ["An alias is a movable name for a version.", "To move an alias back, roll back the alias."],
    "weather": ["Rain and wind, and wind again: a gale."],
    "cafe": ["Das Café an der Straße", "北京大学在北京"],
}


@pytest.fixture
def made(store: Store) -> tuple[Store, Generation, Lease]:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, DOCUMENTS)
    return store, generation, lease


def texts_of(store: Store, generation: Generation, question: str, k: int = 10) -> list[str]:
    found = store.lexical.search(generation.id, question, k)
    chunks = store.corpus.chunks(generation.id, [cid for cid, _ in found])
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    return [chunks[cid].text for cid, _ in found]


@pytest.mark.parametrize(
    ("question", "best", "number"),
    [
        ("How do I roll back?", "To move an alias back, roll back the alias.", 1),
        ("ALIAS", "To move an alias back, roll back the alias.", 2),
        ("wind", "Rain and wind, and wind again: a gale.", 1),
        ("cafe strasse", "Das Café an der Straße", 1),
        ("京大", "北京大学在北京", 1),
    ],
)
def test_chunks_are_found_by_their_words(
    made: tuple[Store, Generation, Lease], question: str, best: str, number: int
) -> None:
    found = texts_of(made[0], made[1], question)
    assert (found[0], len(found)) == (best, number)
    assert texts_of(made[0], made[1], question, k=1) == [best]


def test_rare_words_count_for_more(store: Store) -> None:
    generation, lease = new_index(store)
    documents = {str(n): [f"common words of number {n}"] for n in range(30)}
    add_documents(store, generation, lease, {**documents, "rare": ["the gale of number"]})
    assert texts_of(store, generation, "the gale common words", 1) == ["the gale of number"]


def steps(plan: Json) -> Iterator[Json]:
    """A step of a plan of PostgreSQL, and those below it."""
    yield plan
    for part in plan.get("Plans", []):
        yield from steps(part)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_postgresql_counts_once_a_question(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {str(n): [f"common words of number {n}"] for n in range(30)})
    asked = {
        "asked": "'common' | 'words'",
        "word0": "'common'",
        "word1": "'words'",
        "generation": generation.id,
        "k": 3,
    }
    with store.database.read() as connection:
        [plan] = connection.scalar(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {_ranking(2, '1 = 1')}"), asked)
    counting = [step["Actual Loops"] for step in steps(plan["Plan"]) if step["Node Type"] == "Aggregate"]
    assert counting == [1, 1]


@pytest.mark.parametrize(
    "question",
    [
        "", " \n", "\0", '"', "'", "''''; DROP TABLE texts; --", "a AND (NOT b", "NEAR(alias wind, 2)", "words : wind *",
        "& | ! <-> :* \\", "^gale", "-gale", '{words} : "', "%(x)s :asked :word0", "\ud800",
    ],
)  # fmt: skip
def test_a_hostile_question_is_only_words(made: tuple[Store, Generation, Lease], question: str) -> None:
    found = texts_of(made[0], made[1], f"gale {question}")
    assert "Rain and wind, and wind again: a gale." in found
    assert texts_of(made[0], made[1], question) == [] or any(c.isalpha() for c in question)


def test_a_question_without_end_is_read_from_its_beginning(made: tuple[Store, Generation, Lease]) -> None:
    store, generation, _ = made
    assert texts_of(store, generation, "gale " * 100_000) == ["Rain and wind, and wind again: a gale."]
    many = " ".join(f"w{n}" for n in range(MOST_WORDS * 100))
    assert texts_of(store, generation, f"gale {many}") == ["Rain and wind, and wind again: a gale."]


def test_generations_are_searched_apart(made: tuple[Store, Generation, Lease]) -> None:
    store, generation, _ = made
    other, lease = new_index(store, "other")
    add_documents(store, other, lease, {"x": ["another gale", DOCUMENTS["weather"][0]]})
    assert sorted(texts_of(store, other, "gale")) == ["Rain and wind, and wind again: a gale.", "another gale"]
    assert texts_of(store, generation, "gale") == ["Rain and wind, and wind again: a gale."]


def test_among_many_texts_common_words_are_looked_for_only_alone(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmops.storage.lexical.MANY_TEXTS", 20)
    generation, lease = new_index(sqlite_store)
    add_documents(sqlite_store, generation, lease, {str(n): [f"the wind of day {n}"] for n in range(30)})
    assert texts_of(sqlite_store, generation, "the wind of day 7", 9) == ["the wind of day 7"]
    assert len(texts_of(sqlite_store, generation, "the wind", 9)) == 9


def test_what_was_deleted_leaves_nothing_behind(made: tuple[Store, Generation, Lease]) -> None:
    store, generation, lease = made
    add_documents(store, generation, lease, {"alias": ["Only this."]}, gone=["weather", "cafe"])
    assert texts_of(store, generation, "gale alias wind this") == ["Only this."]
    store.corpus.past.forget(generation, 2, lease, NOW)
    assert store.corpus.past.drop_texts() == 5
    assert texts_of(store, generation, "gale alias wind this") == ["Only this."]
    with store.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM lexical")).scalar() == 1
        if store.database.is_sqlite:
            terms = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'lexical_words', 'row')"
            connection.execute(text(terms))
            assert set(connection.scalars(text("SELECT term FROM temp.terms"))) == {"only", "this"}
            connection.execute(text("INSERT INTO lexical_words (lexical_words) VALUES ('integrity-check')"))
    assert item("weather").key == "weather"
