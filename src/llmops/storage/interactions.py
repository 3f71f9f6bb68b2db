"""The log of interactions: appended in batches, found by words and marks, scored by feedback."""

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, insert, select, text, update

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import TEXTS, Feedback, Interaction, Wanted
from llmops.storage.engine import Database
from llmops.storage.interaction_rows import interaction_of, texts_of
from llmops.storage.interaction_words import groups_of, indexed
from llmops.storage.tables.interactions import FEEDBACK, INTERACTION_BODIES, INTERACTIONS, LOG_LOSSES, LOG_SALT
from llmops.storage.upserts import insert_new

_I: Final = INTERACTIONS.c
_B: Final = INTERACTION_BODIES.c
_F: Final = FEEDBACK.c
_BATCH: Final = 500
_COLUMNS: Final = ", ".join(f"i.{column.name}" for column in INTERACTIONS.columns)
_SQLITE: Final = (
    f"SELECT {_COLUMNS} FROM interaction_words AS w CROSS JOIN interactions AS i ON i.seq = w.rowid "  # noqa: S608  # no input
    "WHERE interaction_words MATCH :asked"
)
_POSTGRESQL: Final = (
    f"SELECT {_COLUMNS} FROM interactions AS i JOIN interaction_bodies AS b ON b.seq = i.seq "  # noqa: S608  # no input
    "WHERE b.words @@ CAST(:asked AS tsquery)"
)
_PLAIN: Final = f"SELECT {_COLUMNS} FROM interactions AS i WHERE true"  # noqa: S608  # no input


class InteractionRepository:
    """Reads and writes interactions and feedback."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids interactions have."""
        with self._database.read() as connection:
            return {id_ for part in _parts(ids) for id_ in connection.scalars(select(_I.id).where(_I.id.in_(part)))}

    def add(self, interactions: Sequence[Interaction]) -> int:
        """Append interactions, in one transaction; those whose id is there already are left out. Returns how many are new."""
        if not interactions:
            return 0
        with self._database.transaction() as connection:
            known = self.known([one.id for one in interactions])
            new = list({one.id: one for one in interactions if one.id not in known}.values())
            if not new:
                return 0
            insert_new(connection, INTERACTIONS, [_row(one) for one in new])
            places: dict[str, int] = {}
            for part in _parts([one.id for one in new]):
                places |= {row.id: row.seq for row in connection.execute(select(_I.id, _I.seq).where(_I.id.in_(part)))}
            connection.execute(insert(INTERACTION_BODIES), [_body(one, places[one.id]) for one in new])
        return len(new)

    def get(self, id: str) -> Interaction:  # noqa: A002  # what it is called everywhere
        """One interaction with its texts.

        Raises:
            NotFound: there is none of that id.
        """
        query = select(INTERACTIONS, *(_B[name] for name in TEXTS)).join_from(
            INTERACTIONS, INTERACTION_BODIES, isouter=True
        )
        with self._database.read() as connection:
            row = connection.execute(query.where(_I.id == id)).first()
        if row is None:
            raise _unknown(id)
        return interaction_of(row, TEXTS)

    def find(self, wanted: Wanted) -> list[tuple[int, Interaction]]:
        """A page of interactions without their texts, newest first, each with its mark for `Wanted.before`."""
        statement, values = _statement(wanted, on_sqlite=self._database.is_sqlite)
        columns = text(statement).columns(*INTERACTIONS.columns)
        with self._database.read() as connection:
            return [(row.seq, interaction_of(row)) for row in connection.execute(columns, values)]

    def texts(self, wanted: Wanted) -> Iterator[Interaction]:
        """All interactions with their texts, newest first, however many there are."""
        limit = wanted.limit
        while limit > 0:
            page = self.find(wanted.model_copy(update={"limit": min(limit, _BATCH)}))
            if not page:
                return
            query = select(_B.seq, *(_B[name] for name in TEXTS))
            with self._database.read() as connection:
                found = connection.execute(query.where(_B.seq.in_([seq for seq, _ in page])))
                bodies = {row.seq: texts_of(row[1:], TEXTS) for row in found}
            for seq, one in page:
                yield one.model_copy(update=bodies.get(seq, {}))
            limit -= len(page)
            wanted = wanted.model_copy(update={"before": page[-1][0]})

    def oldest_first(
        self, app: str, *, after: int, until: int, limit: int, texts: Sequence[str] = TEXTS
    ) -> list[tuple[int, Interaction]]:
        """A page of an app's interactions in the order in which they were written, each with its mark, and of their texts those
        that are asked for."""
        query = select(INTERACTIONS, *(_B[name] for name in texts))
        if texts:
            query = query.join_from(INTERACTIONS, INTERACTION_BODIES, isouter=True)
        mine = (_I.app == app) & (_I.seq > after) & (_I.seq <= until)
        with self._database.read() as connection:
            rows = connection.execute(query.where(mine).order_by(_I.seq).limit(limit))
            return [(row[0], interaction_of(row, texts)) for row in rows]

    def marks(self, since: datetime) -> tuple[int, int, int]:
        """The mark before the first interaction since then, and those of the last interaction and feedback that is there.

        Nobody writes one with a smaller mark later: on PostgreSQL it waits for those who are writing now.
        """
        with self._database.transaction() as connection:
            if not self._database.is_sqlite:
                connection.execute(text("LOCK TABLE interactions, feedback IN SHARE MODE"))
            first = connection.scalar(select(func.min(_I.seq)).where(_I.at >= since))
            last = connection.scalar(select(func.max(_I.seq))) or 0
            said = connection.scalar(select(func.max(_F.id))) or 0
        return (last if first is None else first - 1), last, said

    def scored(self, app: str, *, after: int, until: int, limit: int) -> list[tuple[int, Interaction]]:
        """A page of the scores that people gave an app's interactions, without their texts, each with the mark of the
        feedback and the time at which it came."""
        query = select(INTERACTIONS, _F.id.label("mark"), _F.at.label("said_at"), _F.score.label("given"))
        query = query.join(FEEDBACK, _F.interaction_id == _I.id)
        mine = (_I.app == app) & (_F.id > after) & (_F.id <= until) & _F.score.is_not(None)
        found = []
        with self._database.read() as connection:
            for row in connection.execute(query.where(mine).order_by(_F.id).limit(limit)):
                one = interaction_of(row)
                found.append((row.mark, one.model_copy(update={"score": row.given, "at": row.said_at})))
        return found

    def count(self) -> int:
        """How many there are."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(INTERACTIONS)).scalar_one()

    def add_feedback(self, feedback: Feedback) -> None:
        """Keep what somebody says; a score becomes that of the interaction.

        Raises:
            NotFound: there is no such interaction.
        """
        with self._database.transaction() as connection:
            if connection.scalar(select(_I.seq).where(_I.id == feedback.interaction_id)) is None:
                raise _unknown(feedback.interaction_id)
            connection.execute(insert(FEEDBACK), feedback.model_dump())
            if feedback.score is not None:
                scored = update(INTERACTIONS).where(_I.id == feedback.interaction_id)
                connection.execute(scored.values(score=feedback.score))

    def feedback(self, ids: Sequence[str]) -> dict[str, list[Feedback]]:
        """What was said of some interactions, oldest first."""
        found: dict[str, list[Feedback]] = {}
        with self._database.read() as connection:
            for part in _parts(ids):
                query = select(FEEDBACK).where(_F.interaction_id.in_(part)).order_by(_F.id)
                for row in connection.execute(query).mappings():
                    said = Feedback.model_validate({key: value for key, value in row.items() if key != "id"})
                    found.setdefault(said.interaction_id, []).append(said)
        return found

    def lose(self, count: int, reason: str, now: datetime) -> None:
        """Note that so many interactions were not kept."""
        with self._database.transaction() as connection:
            connection.execute(insert(LOG_LOSSES), {"at": now, "count": count, "reason": reason})

    def losses(self) -> list[tuple[datetime, int, str]]:
        """When how many were not kept, and why, oldest first."""
        query = select(LOG_LOSSES.c.at, LOG_LOSSES.c["count"], LOG_LOSSES.c.reason).order_by(LOG_LOSSES.c.id)
        with self._database.read() as connection:
            return [(at, count, reason) for at, count, reason in connection.execute(query)]

    def salt(self) -> str:
        """What users and sessions are hashed with, made when it is first asked for."""
        with self._database.transaction() as connection:
            insert_new(connection, LOG_SALT, [{"id": 1, "salt": secrets.token_hex(32)}])
            return str(connection.execute(select(LOG_SALT.c.salt)).scalar_one())


def _statement(wanted: Wanted, *, on_sqlite: bool) -> tuple[str, dict[str, Json]]:
    """The query for a page; everything that is wanted comes in as a bound value."""
    groups = groups_of(wanted)
    values: dict[str, Json] = {"limit": wanted.limit}
    if groups and on_sqlite:
        statement = _SQLITE
        values["asked"] = " AND ".join("(" + " OR ".join(f'"{word}"' for word in group) + ")" for group in groups)
    elif groups:
        statement = _POSTGRESQL
        values["asked"] = " & ".join("(" + " | ".join(f"'{word}'" for word in group) + ")" for group in groups)
    else:
        statement = _PLAIN
    conditions = [
        ("i.at >= :since", "since", _moment(wanted.since, on_sqlite=on_sqlite)),
        ("i.at < :until", "until", _moment(wanted.until, on_sqlite=on_sqlite)),
        ("i.score >= :least", "least", wanted.min_score),
        ("i.score <= :most", "most", wanted.max_score),
        ("i.seq < :before", "before", wanted.before),
    ]
    for condition, name, value in conditions:
        if value is not None:
            statement += f" AND {condition}"
            values[name] = value
    order = "w.rowid" if groups and on_sqlite else "i.seq"
    return f"{statement} ORDER BY {order} DESC LIMIT :limit", values


def _row(one: Interaction) -> dict[str, Json]:
    same = ("id", "at", "source", "app", "version", "model", "fingerprint", "action", "finish_reason", "error", "score")
    used = ("prompt_tokens", "completion_tokens", "cost", "latency", "first_token")
    return {
        **{name: getattr(one, name) for name in same},
        **{name: getattr(one.usage, name) for name in used},
        "user_hash": one.user,
        "session_hash": one.session,
        "refs": _json(one.refs),
        "metadata": _json(one.metadata),
    }


def _body(one: Interaction, seq: int) -> dict[str, Json]:
    contexts = [context.model_dump(mode="json") for context in one.contexts]
    body = {"seq": seq, "inputs": _json(one.inputs), "output": one.output}
    return {**body, "contexts": _json(contexts), "verdicts": _json(one.verdicts), "words": " ".join(indexed(one))}


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _moment(value: datetime | None, *, on_sqlite: bool) -> Json:
    """A moment as this database compares it."""
    if value is None or not on_sqlite:
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec="microseconds")


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _unknown(id_: str) -> NotFound:
    return NotFound(f"there is no interaction {id_!r}", hint="Look for it with: llmops log list")
