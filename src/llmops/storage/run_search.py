"""Finds runs by what they recorded, through indexes only: a tree of conditions becomes SQL with bound values.

`metrics.auc > 0.9` becomes `id IN (SELECT run_id …)` over the index of that metric. A search that is ordered by a metric
reads its index in that order, and stops at the end of the page; runs without the metric follow in a second query.
"""

from typing import Final

from sqlalchemy import Column, ColumnElement, Select, and_, exists, false, func, literal, not_, or_, select, true

from llmops.core.hashing import Json
from llmops.domain.run import Run
from llmops.domain.run_query import Both, Comparison, Condition, Either, Negation, RunField, RunOrder, RunQuery
from llmops.storage.engine import Database
from llmops.storage.recording import HEAD
from llmops.storage.runs import run_of
from llmops.storage.tables.runs import RUNS
from llmops.storage.tables.tracking import RUN_METRICS, RUN_VALUES

_R: Final = RUNS.c
_M: Final = RUN_METRICS.c
_V: Final = RUN_VALUES.c
_NOUNS: Final = {"params": "param", "tags": "tag"}


class RunSearch:
    """Searches the runs of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: RunQuery) -> list[Run]:
        """One page of the runs that meet a condition."""
        where = self._where(query.condition)
        if len(query.orders) == 1 and query.orders[0].field.noun == "metrics":
            return self._find_by_metric(query, query.orders[0], where)
        statement = select(RUNS).where(where)
        for order in query.orders:
            statement = _ordered(statement, order)
        return self._page(statement.order_by(_R.started_at.desc(), _R.id.desc()), query.limit, query.offset)

    def count(self, condition: Condition | None) -> int:
        """How many runs meet a condition."""
        query = select(func.count()).select_from(RUNS).where(self._where(condition))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def keys(self, noun: str) -> list[str]:
        """The keys that runs have used: of `metrics`, `params` or `tags`."""
        if noun == "metrics":
            query = select(_M.key).distinct().order_by(_M.key)
        else:
            query = select(_V.key).where(_V.noun == _NOUNS[noun]).distinct().order_by(_V.key)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _page(self, statement: Select[tuple[Json, ...]], limit: int, offset: int) -> list[Run]:
        with self._database.read() as connection:
            return [run_of(row) for row in connection.execute(statement.limit(limit).offset(offset))]

    def _find_by_metric(self, query: RunQuery, order: RunOrder, where: ColumnElement[bool]) -> list[Run]:
        mine = (_M.key == order.field.key) & _M.last.is_not(None)
        measured = select(RUNS).join(RUN_METRICS, _M.run_id == _R.id).where(mine, where)
        measured = measured.where(*self._on_metric(query.condition, order.field))
        keys = (_M.last.desc(), _M.run_id.desc()) if order.is_descending else (_M.last, _M.run_id)
        found = self._page(measured.order_by(*keys), query.limit, query.offset)
        if len(found) == query.limit:
            return found
        if self._on_metric(query.condition, order.field):
            return found  # whoever lacks the metric does not meet the condition
        before = query.offset  # how many measured ones there are before and on this page
        if not found and query.offset:
            with self._database.read() as connection:
                before = connection.execute(select(func.count()).select_from(measured.subquery())).scalar_one()
        rest = select(RUNS).where(where, ~exists().where(_M.run_id == _R.id, mine))
        rest = rest.order_by(_R.started_at.desc(), _R.id.desc())
        return found + self._page(rest, query.limit - len(found), query.offset - before)

    def _on_metric(self, condition: Condition | None, field: RunField) -> list[ColumnElement[bool]]:
        """The conditions on the metric that orders, which then bound the stretch of its index that is read."""
        parts = condition.parts if isinstance(condition, Both) else (condition,)
        return [
            _compare(_M.last, part, self._database.is_sqlite)
            for part in parts
            if isinstance(part, Comparison) and part.field == field
        ]

    def _where(self, condition: Condition | None) -> ColumnElement[bool]:
        match condition:
            case None:
                return true()
            case Both(parts):
                return and_(true(), *map(self._where, parts))
            case Either(parts):
                return or_(false(), *map(self._where, parts))
            case Negation(part):
                return not_(self._where(part))
            case Comparison(field):
                return self._comparison(condition, field)

    def _comparison(self, condition: Comparison, field: RunField) -> ColumnElement[bool]:
        is_sqlite = self._database.is_sqlite
        if field.noun == "attributes":
            column = _R[field.key]
            # An absent time meets nothing; said plainly, so that its negation is true.
            return _compare(column, condition, is_sqlite) & column.is_not(None)
        if field.noun == "metrics":
            query = select(_M.run_id).where(_M.key == field.key, _compare(_M.last, condition, is_sqlite))
            return _R.id.in_(query)
        mine = (_V.noun == _NOUNS[field.noun]) & (_V.key == field.key)
        return _R.id.in_(select(_V.run_id).where(mine, _compare_value(condition, is_sqlite)))


def _compare_value(condition: Comparison, is_sqlite: bool) -> ColumnElement[bool]:
    """A condition on a parameter or tag: by its number, or by its text, which the index knows the head of."""
    operand = condition.operand
    if isinstance(operand, float):
        return _compare(_V.number, condition, is_sqlite)
    text = _compare(_V.value, condition, is_sqlite)
    equals = operand if isinstance(operand, tuple) else (operand,)
    if condition.operator not in ("=", "in") or not all(isinstance(one, str) for one in equals):
        return text
    heads = _V.head.in_([str(one)[:HEAD] for one in equals])
    # The head of a short text is all of it: then the index alone answers.
    return heads if all(len(str(one)) < HEAD for one in equals) else heads & text


def _compare(column: Column[Json], condition: Comparison, is_sqlite: bool) -> ColumnElement[bool]:
    operand = condition.operand
    if isinstance(operand, tuple):
        return column.in_(operand) if condition.operator == "in" else column.not_in(operand)
    match condition.operator:
        case "=":
            return column == operand
        case "!=":
            return column != operand
        case "<":
            return column < operand
        case "<=":
            return column <= operand
        case ">":
            return column > operand
        case ">=":
            return column >= operand
        case "ilike":
            return column.ilike(operand)
        case "like":
            # LIKE of SQLite knows no capitals, GLOB does.
            return column.bool_op("GLOB")(literal(_as_glob(str(operand)))) if is_sqlite else column.like(operand)
        case "in" | "not in":
            raise ValueError(f"{condition.operator!r} needs several values")


def _as_glob(pattern: str) -> str:
    """The pattern of a LIKE as one of a GLOB."""
    return "".join({"%": "*", "_": "?"}.get(char, f"[{char}]" if char in "*?[" else char) for char in pattern)


def _ordered(statement: Select[tuple[Json, ...]], order: RunOrder) -> Select[tuple[Json, ...]]:
    field, column = order.field, None
    if field.noun == "attributes":
        column = _R[field.key]
    elif field.noun == "metrics":
        joined = RUN_METRICS.alias()
        statement = statement.outerjoin(joined, (joined.c.run_id == _R.id) & (joined.c.key == field.key))
        column = joined.c.last
    else:
        joined = RUN_VALUES.alias()
        on = (joined.c.run_id == _R.id) & (joined.c.noun == _NOUNS[field.noun]) & (joined.c.key == field.key)
        statement = statement.outerjoin(joined, on)
        number, value = joined.c.number, joined.c.value
        keys = [number.desc().nulls_last(), value.desc().nulls_last()]
        if not order.is_descending:
            keys = [number.asc().nulls_last(), value.asc().nulls_last()]
        return statement.order_by(*keys)
    by = column.desc() if order.is_descending else column.asc()
    return statement.order_by(by if field.key == "started_at" else by.nulls_last())
