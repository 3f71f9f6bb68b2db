"""Runs and their case results: written in batches while a run goes on, read back as a stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic_core import PydanticSerializationError
from sqlalchemy import Row, Select, bindparam, delete, func, insert, or_, select, update

from llmops.core.errors import Conflict, InvalidRef, NotFound
from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.noun import Noun
from llmops.domain.run import Run, RunStatus, RunType
from llmops.storage import leases
from llmops.storage.engine import Database
from llmops.storage.leases import LeaseRepository
from llmops.storage.tables.runs import RESULTS, RUNS, SCORES

_R: Final = RUNS.c
_PAGE: Final = 200
_START: Final = (
    "INSERT INTO runs "
    "(id, type, name, status, experiment, parent, holder, refs, parameters, summary, started_at, ended_at, seen_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_FINISH: Final = (
    update(RUNS)
    .where(_R.id == bindparam("of_run"))
    .values(status=bindparam("how"), summary=bindparam("report"), ended_at=bindparam("now"))
)


class RunRepository:
    """Reads and writes runs and their results."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.leases = LeaseRepository(database, leases.RUNS)

    def start(self, run: Run) -> None:
        """Add a run.

        Raises:
            Conflict: its id is taken.
        """
        summary = None if run.summary is None else _text(run.summary)
        places = run.id, run.type, run.name, run.status, run.experiment, run.parent, run.holder
        texts = _text(run.refs), _text(run.parameters), summary
        with self._database.driver() as driver:
            times = [driver.instant(moment) for moment in (run.started_at, run.ended_at, run.seen_at)]
            if not driver.execute(_START, (*places, *texts, *times)):
                raise Conflict(f"there is already a run {run.id}", hint="Take a new id for every run.")

    def finish(self, run_id: str, status: RunStatus, summary: Json, now: datetime) -> None:
        """Say how a run ended, with its report.

        Raises:
            NotFound: there is no such run.
        """
        values = {"of_run": run_id, "how": status, "report": None if summary is None else _text(summary), "now": now}
        with self._database.transaction() as connection:
            if connection.execute(_FINISH, values).rowcount == 0:
                raise _unknown(run_id)

    def reopen(self, run_id: str, parameters: Mapping[str, Json]) -> None:
        """Say that a run goes on, with these settings; its results stay.

        Raises:
            NotFound: there is no such run.
        """
        values = {"status": "running", "parameters": _text(parameters), "summary": None, "ended_at": None}
        with self._database.transaction() as connection:
            if connection.execute(update(RUNS).where(_R.id == run_id), values).rowcount == 0:
                raise _unknown(run_id)

    def resume(self, run_id: str, holder: str, now: datetime) -> None:
        """Say that a process goes on recording a run that had ended or was lost.

        Raises:
            NotFound: there is no such run.
        """
        values = {"status": "running", "summary": None, "ended_at": None, "holder": holder, "seen_at": now}
        with self._database.transaction() as connection:
            if connection.execute(update(RUNS).where(_R.id == run_id), values).rowcount == 0:
                raise _unknown(run_id)

    def get(self, run_id: str) -> Run:
        """The run of an id, or of the beginning of one.

        Raises:
            NotFound: there is none.
            InvalidRef: several ids begin so.
        """
        with self._database.read() as connection:
            row = connection.execute(_by_id(run_id)).first()
            if row is not None:
                return run_of(row)
            query = select(RUNS).where(func.substr(_R.id, 1, len(run_id)) == run_id).order_by(_R.id).limit(2)
            found = connection.execute(query).all() if run_id else []
        if not found:
            raise _unknown(run_id)
        if len(found) > 1:
            raise InvalidRef(
                f"run {run_id!r} is ambiguous: {found[0].id} and {found[1].id} begin so", hint="Write more of the id."
            )
        return run_of(found[0])

    def runs(
        self,
        type: RunType | None = None,  # noqa: A002  # the field of a Run is called so
        name: str | None = None,
        limit: int = 50,
        *,
        status: RunStatus | None = None,
        target: str | None = None,
        since: datetime | None = None,
    ) -> list[Run]:
        """The latest runs, newest first.

        Args:
            type: only runs of this type.
            name: only of this suite.
            limit: how many at most.
            status: only those that stand like this.
            target: only of this target, `app/docs` of every version and `app/docs@3` of one.
            since: only those that started then or later.
        """
        query = select(RUNS).order_by(_R.started_at.desc(), _R.id.desc()).limit(limit)
        for column, value in ((_R.type, type), (_R.name, name), (_R.status, status)):
            if value is not None:
                query = query.where(column == value)
        if since is not None:
            query = query.where(_R.started_at >= since)
        if target is not None:
            begins = _text({"target": target})[1:-2]
            ends = ('"', " ", "@") if "@" not in target else ('"', " ")
            query = query.where(or_(*(_R.parameters.contains(begins + end, autoescape=True) for end in ends)))
        with self._database.read() as connection:
            return [run_of(row) for row in connection.execute(query)]

    def finished(self, refs: Mapping[str, str], *, name: str | None = None, after: datetime | None = None) -> list[Run]:
        """The finished runs whose refs include these, in the order in which they finished.

        Args:
            refs: what they ran on, such as `{"app": "sha256:…"}`.
            name: only runs of this name.
            after: only runs that finished later.
        """
        query = select(RUNS).where(_R.status == "finished").order_by(_R.ended_at, _R.id)
        if name is not None:
            query = query.where(_R.name == name)
        if after is not None:
            query = query.where(_R.ended_at > after)
        for key, value in refs.items():
            query = query.where(_R.refs.contains(_text({key: value})[1:-1], autoescape=True))
        with self._database.read() as connection:
            found = [run_of(row) for row in connection.execute(query)]
        # `LIKE` knows no capitals.
        return [run for run in found if refs.items() <= run.refs.items()]

    def add_results(self, run_id: str, results: Sequence[CaseResult]) -> None:
        """Add case results in one transaction; one that is there already (same case and repeat) is left as it is.

        Raises:
            NotFound: there is no such run.
        """
        bodies = [_body(result) for result in results]
        known = select(RESULTS.c.case_id, RESULTS.c.repeat).where(
            RESULTS.c.run_id == run_id, RESULTS.c.case_id.in_({result.case_id for result in results})
        )
        rows: list[dict[str, Json]] = []
        scores: list[dict[str, Json]] = []
        with self._database.transaction() as connection:
            # The row lock keeps two PostgreSQL writers of one run from taking the same ordinals.
            if connection.execute(select(_R.id).where(_R.id == run_id).with_for_update()).first() is None:
                raise _unknown(run_id)
            last = connection.execute(select(func.max(RESULTS.c.ordinal)).where(RESULTS.c.run_id == run_id)).scalar()
            ordinal = -1 if last is None else last
            taken = {(row.case_id, row.repeat) for row in connection.execute(known)}
            for result, body in zip(results, bodies, strict=True):
                key = (result.case_id, result.repeat)
                if key in taken:
                    continue
                taken.add(key)
                ordinal += 1
                place = {"run_id": run_id, "ordinal": ordinal}
                rows.append({**place, "case_id": result.case_id, "repeat": result.repeat, "body": body})
                for label, score in result.scores.items():
                    values = {"status": score.status, "value": score.value, "passed": score.passed}
                    scores.append({**place, "label": label, **values})
            if rows:
                connection.execute(insert(RESULTS), rows)
            if scores:
                connection.execute(insert(SCORES), scores)

    def forget(self, run_id: str, keys: Sequence[tuple[str, int]]) -> None:
        """Remove the results of these cases and repeats, so that they can be added anew."""
        with self._database.transaction() as connection:
            for case_id, repeat in keys:
                one = (RESULTS.c.run_id == run_id) & (RESULTS.c.case_id == case_id) & (RESULTS.c.repeat == repeat)
                ordinal = select(RESULTS.c.ordinal).where(one).scalar_subquery()
                connection.execute(delete(SCORES).where(SCORES.c.run_id == run_id, SCORES.c.ordinal == ordinal))
                connection.execute(delete(RESULTS).where(one))

    def results(self, run_id: str) -> Iterator[CaseResult]:
        """The results of a run in the order they were added, read a page at a time.

        Raises:
            NotFound: there is no such run.
        """
        with self._database.read() as connection:
            if connection.execute(select(_R.id).where(_R.id == run_id)).first() is None:
                raise _unknown(run_id)
        return self._stream(run_id)

    def remove(self, run_id: str) -> None:
        """Remove a run with its results.

        Raises:
            NotFound: there is no such run.
        """
        with self._database.transaction() as connection:
            connection.execute(delete(SCORES).where(SCORES.c.run_id == run_id))
            connection.execute(delete(RESULTS).where(RESULTS.c.run_id == run_id))
            if connection.execute(delete(RUNS).where(_R.id == run_id)).rowcount == 0:
                raise _unknown(run_id)

    def _stream(self, run_id: str) -> Iterator[CaseResult]:
        after = -1
        while True:
            query = select(RESULTS.c.ordinal, RESULTS.c.body).where(
                RESULTS.c.run_id == run_id, RESULTS.c.ordinal > after
            )
            with self._database.read() as connection:
                page = connection.execute(query.order_by(RESULTS.c.ordinal).limit(_PAGE)).all()
            for row in page:
                yield CaseResult.model_validate_json(row.body)
            if len(page) < _PAGE:
                return
            after = page[-1].ordinal


def _by_id(run_id: str) -> Select[tuple[Json, ...]]:
    return select(RUNS).where(_R.id == run_id)


def run_of(row: Row[tuple[Json, ...]]) -> Run:
    """The run that a row of the table is."""
    return Run(
        id=row.id,
        type=row.type,
        name=row.name,
        status=row.status,
        started_at=row.started_at,
        ended_at=row.ended_at,
        refs=json.loads(row.refs),
        parameters=json.loads(row.parameters),
        experiment=row.experiment,
        parent=row.parent,
        holder=row.holder,
        seen_at=row.seen_at,
        summary=None if row.summary is None else json.loads(row.summary),
    )


def _body(noun: Noun) -> str:
    """The noun as JSON. Text that is no Unicode, such as half an emoji, gets replacement characters."""
    try:
        return noun.model_dump_json(exclude_defaults=True)
    except (PydanticSerializationError, UnicodeEncodeError):
        text = json.dumps(noun.model_dump(exclude_defaults=True), ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _unknown(run_id: str) -> NotFound:
    return NotFound(f"there is no run {run_id!r}", hint="List them with: llmops runs list")
