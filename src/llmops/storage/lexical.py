"""Full-text search over the chunks of a generation.

SQLite ranks by FTS5's own BM25 (k1 1.2, b 0.75; how rare a word is, is counted over all texts of the store). PostgreSQL has no
BM25, but `ts_rank` of one word, which is the sum of 1/n² over its occurrences, tells how often it occurs; so BM25 is computed
from that, with the same constants, idf over the generation, and the number of different words as length.

A question is words joined by OR and nothing else, so nothing of the databases' query languages can come in with it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, TextClause, select, text

from llmops.domain.filters import Filters
from llmops.storage.engine import Database
from llmops.storage.filtering import narrowed
from llmops.storage.tables.lexical import LEXICAL
from llmops.storage.upserts import insert_new
from llmops.text.words import words_of

MOST_WORDS: Final = 64
"""Different words of a question that are looked for: of a longer one, the first."""

MANY_TEXTS: Final = 5_000
COMMON: Final = 0.1
"""From so many texts on, words that more than this share of them has are not looked for where a question has rarer ones."""

_READ: Final = 10_000  # characters of a question
_BATCH: Final = 500  # values in one IN
_POSITIONS: Final = 16_383  # PostgreSQL counts no further
_SQLITE: Final = """
SELECT c.cid, -bm25(lexical_words) AS score FROM lexical_words
CROSS JOIN lexical AS l ON l.id = lexical_words.rowid
CROSS JOIN chunks AS c ON c.text_hash = l.text_hash AND c.generation_id = :generation
CROSS JOIN items AS i ON i.id = c.item_id AND i.generation_id = c.generation_id
WHERE lexical_words MATCH :asked AND {passes} ORDER BY score DESC, c.cid LIMIT :k
"""
_TEXTS: Final = text("SELECT count(*) FROM lexical")
_HOLDING: Final = text("SELECT count(*) FROM lexical_words WHERE lexical_words MATCH :asked")
_POSTGRESQL: Final = """
WITH found AS MATERIALIZED (
    SELECT c.cid, length(l.words)::float8 AS size, {ranks} FROM lexical AS l
    JOIN chunks AS c ON c.text_hash = l.text_hash AND c.generation_id = :generation
    JOIN items AS i ON i.id = c.item_id AND i.generation_id = c.generation_id
    WHERE l.words @@ CAST(:asked AS tsquery) AND {passes}
),
whole AS MATERIALIZED (SELECT count(*)::float8 AS size FROM chunks WHERE generation_id = :generation),
counted AS MATERIALIZED (SELECT avg(size) AS mean, {counts} FROM found)
SELECT cid, {scores} AS score
FROM found, counted, whole ORDER BY score DESC, cid LIMIT :k
"""


# ts_rank is 0.1 / 1.644934 times the sum of 1/n² up to the word's frequency f, and what that lacks of π²/6 is about 1 / (f + ½).
_FREQUENCY: Final = "(1 / greatest(1.644934 - 16.44934 * r{n}, 0.003) - 0.5)"
_BM25: Final = (
    "CASE WHEN r{n} > 0 THEN ln(1 + (whole.size - n{n} + 0.5) / (n{n} + 0.5)) * "
    + _FREQUENCY
    + " / ("
    + _FREQUENCY
    + " + 1.2 * (0.25 + 0.75 * found.size / counted.mean)) ELSE 0 END"
)


class LexicalRepository:
    """The words of texts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, generation: int, question: str, k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k chunks of a generation that fit the words of a question best, as (id, score), best first.

        A chunk that has none of the words is not found. Scores can be compared within one search only. Most chunks that do
        not pass the filters are left out here; whoever reads the chunks makes sure of the rest.
        """
        words = asked_words(question)
        if not words:
            return []
        passes, values = narrowed(filters, "strpos" if not self._database.is_sqlite else "instr")
        values |= {"generation": generation, "k": k}
        if self._database.is_sqlite:
            statement = text(_SQLITE.format(passes=passes))
            values["asked"] = " OR ".join(f'"{word}"' for word in self._telling(words))
        else:
            statement = _ranking(len(words), passes)
            quoted = [f"'{word}'" for word in words]
            values |= {"asked": " | ".join(quoted), **{f"word{n}": word for n, word in enumerate(quoted)}}
        with self._database.read() as connection:
            return [(cid, score) for cid, score in connection.execute(statement, values)]

    def _telling(self, words: list[str]) -> list[str]:
        """The words that tell texts apart: ranking all that hold `the` costs much and finds nothing (SQLite)."""
        with self._database.read() as connection:
            texts = connection.scalar(_TEXTS) or 0
            if texts < MANY_TEXTS:
                return words
            held = {word: connection.scalar(_HOLDING, {"asked": f'"{word}"'}) or 0 for word in words}
        rare = [word for word in words if 0 < held[word] <= COMMON * texts]
        return rare or words


def asked_words(question: str) -> list[str]:
    """The different words of a question that are looked for."""
    return list(dict.fromkeys(words_of(question[:_READ])))[:MOST_WORDS]


def index_texts(connection: Connection, texts: Mapping[str, str]) -> None:
    """Make texts findable, by hash, that are in the table of texts; what is findable already costs a look-up.

    What is deleted from there is no longer found, without anything to do here.
    """
    known = {
        key for part in _parts(list(texts)) for key in connection.scalars(_KNOWN.where(LEXICAL.c.text_hash.in_(part)))
    }
    as_row = _sqlite_words if connection.dialect.name == "sqlite" else _postgresql_words
    new = sorted(texts.keys() - known)
    insert_new(connection, LEXICAL, [{"text_hash": key, "words": as_row(words_of(texts[key]))} for key in new])


def purge_words(connection: Connection) -> None:
    """Have the index hold no word of texts that were deleted: FTS5 marks them, and keeps them until its parts are merged."""
    if connection.dialect.name == "sqlite":
        connection.execute(_MERGED)


_KNOWN: Final = select(LEXICAL.c.text_hash)
_MERGED: Final = text("INSERT INTO lexical_words (lexical_words) VALUES ('optimize')")


def _sqlite_words(words: Sequence[str]) -> str:
    return " ".join(words)


def _postgresql_words(words: Sequence[str]) -> str:
    """A `tsvector` as PostgreSQL reads it; made here, so that no parser of its own has a say in what a word is."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(words, 1):
        places[word].append(str(min(place, _POSITIONS)))
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


@lru_cache(128)
def _ranking(words: int, passes: str) -> TextClause:
    """The statement for a question of so many words.

    What is counted over all that was found is materialized: where PostgreSQL expects a row or two, it would count again for each.
    """
    numbers = range(words)
    return text(
        _POSTGRESQL.format(
            passes=passes,
            ranks=", ".join(f"ts_rank(l.words, CAST(:word{n} AS tsquery)) AS r{n}" for n in numbers),
            counts=", ".join(f"count(*) FILTER (WHERE r{n} > 0) AS n{n}" for n in numbers),
            scores=" + ".join(_BM25.format(n=n) for n in numbers),
        )
    )


def _parts(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
