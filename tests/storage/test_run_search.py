"""Finding runs: as a plain reading of the condition would, on both databases, and through indexes."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from llmops.domain.run import MetricPoint, Run, RunBatch, RunRecord
from llmops.domain.run_query import Both, Comparison, Condition, Either, Negation, Operand, RunField, RunOrder, RunQuery
from llmops.storage.recording import number_of
from llmops.storage.store import Store
from tests.support.examples import NOW

AUC, LR, TEAM = RunField("metrics", "auc"), RunField("params", "lr"), RunField("tags", "team")
STARTED, STATUS, NAME = (RunField("attributes", key) for key in ("started_at", "status", "name"))
COMPARE: dict[str, Any] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
AUCS = [None, 0.1, 0.25, 0.5, 0.5, 0.9, 0.9]
LRS = ["0.1", "1e-1", "0.5", "auto", "Auto", None, "x" * 300]


def fill(store: Store) -> list[RunRecord]:
    """49 runs: every learning rate with every area under the curve, some of them unmeasured."""
    for number, (auc, lr) in enumerate((auc, lr) for auc in AUCS for lr in LRS):
        run = Run(
            id=f"run-{number:02}", type="training", name="base" if number % 2 else "Base*", experiment="churn",
            status="finished" if number % 3 else "failed", started_at=NOW + timedelta(minutes=number % 10),
        )  # fmt: skip
        store.runs.start(run)
        points = {} if auc is None else {"auc": [MetricPoint(0, 0.0, auc)]}
        tags = {"team": "a"} if number % 4 else {}
        store.tracking.record([RunBatch(run.id, {"lr": lr} if lr else {}, tags, points)], NOW)
    return store.tracking.records(store.runs.runs(limit=100))


def value_of(record: RunRecord, field: RunField) -> str | float | datetime | None:
    if field.noun == "metrics":
        return record.metrics[field.key].value if field.key in record.metrics else None
    if field.noun == "attributes":
        found: str | datetime | None = getattr(record.run, field.key)
        return found
    return {"params": record.params, "tags": record.tags}[field.noun].get(field.key)


def meets(record: RunRecord, condition: Condition) -> bool:
    match condition:
        case Both(parts):
            return all(meets(record, part) for part in parts)
        case Either(parts):
            return any(meets(record, part) for part in parts)
        case Negation(part):
            return not meets(record, part)
        case Comparison(field, operator, operand):
            value = value_of(record, field)
            if isinstance(value, str) and isinstance(operand, float):
                value = number_of(value)
            return value is not None and holds(value, operator, operand)


def holds(value: str | float | datetime, operator: str, operand: Operand) -> bool:
    if isinstance(operand, tuple):
        return (value in operand) == (operator == "in")
    if operator in ("like", "ilike"):
        text, pattern = str(value), str(operand).replace("*", "[*]").replace("%", "*").replace("_", "?")
        return fnmatchcase(text, pattern) if operator == "like" else fnmatchcase(text.lower(), pattern.lower())
    return bool(COMPARE[operator](value, operand))


PATTERNS = st.sampled_from(["A%", "%se*", "_a%"])
COMPARISONS = st.one_of(
    st.builds(Comparison, st.just(AUC), st.sampled_from(sorted(COMPARE)), st.sampled_from([0.1, 0.5, 0.7])),
    st.builds(Comparison, st.just(LR), st.sampled_from(sorted(COMPARE)), st.sampled_from([0.1, 0.5])),
    st.builds(Comparison, st.just(LR), st.sampled_from(["=", "!="]), st.sampled_from(["0.1", "auto", "x" * 300])),
    st.builds(Comparison, st.just(TEAM), st.just("="), st.just("a")),
    st.builds(Comparison, st.sampled_from([LR, NAME]), st.sampled_from(["in", "not in"]), st.just(("auto", "base"))),
    st.builds(Comparison, st.sampled_from([LR, NAME]), st.sampled_from(["like", "ilike"]), PATTERNS),
    st.builds(Comparison, st.just(STATUS), st.sampled_from(["=", "!="]), st.just("failed")),
    st.builds(Comparison, st.just(STARTED), st.sampled_from(["<", ">="]), st.just(NOW + timedelta(minutes=5))),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(Both, st.tuples(inner, inner)), st.builds(Either, st.tuples(inner, inner)), st.builds(Negation, inner)
    ),
    max_leaves=4,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    condition=st.none() | CONDITIONS,
    orders=st.lists(st.builds(RunOrder, st.sampled_from([AUC, LR, STARTED]), st.booleans()), max_size=2),
    size=st.integers(5, 30),
)
def test_the_same_runs_as_by_a_plain_reading(
    store: Store, condition: Condition | None, orders: list[RunOrder], size: int
) -> None:
    records = store.tracking.records(store.runs.runs(limit=100)) or fill(store)
    wanted = [record for record in records if condition is None or meets(record, condition)]
    found: list[Run] = []
    while page := store.run_search.find(RunQuery(condition, tuple(orders), size, len(found))):
        found += page
    assert sorted(run.id for run in found) == sorted(record.run.id for record in wanted)
    assert store.run_search.count(condition) == len(wanted)
    if orders and orders[0].field == AUC:
        by_id = {record.run.id: value_of(record, AUC) for record in wanted}
        values = [by_id[run.id] for run in found]
        measured = [value for value in values if isinstance(value, float)]
        assert measured == sorted(measured, reverse=orders[0].is_descending)
        assert values == [*measured, *[None] * (len(values) - len(measured))]
    if not orders:
        assert [run.id for run in found] == [run.id for run in sorted(found, key=lambda r: (r.started_at, r.id))][::-1]


def test_a_search_reads_indexes_only(sqlite_store: Store) -> None:
    fill(sqlite_store)
    plans: list[str] = []
    with sqlite_store.database.read() as connection:
        raw: Any = connection.connection.dbapi_connection

        def explain(_: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
            if statement.startswith("SELECT"):
                plans.extend(str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        event.listen(sqlite_store.database.engine, "before_cursor_execute", explain)
        condition = Both((Comparison(AUC, ">", 0.2), Comparison(LR, "=", "0.1"), Comparison(TEAM, "=", "a")))
        for orders in ((RunOrder(AUC, True),), (), (RunOrder(STARTED),)):
            sqlite_store.run_search.find(RunQuery(condition, orders, 5))
        sqlite_store.run_search.find(RunQuery(Comparison(RunField("attributes", "experiment"), "=", "churn"), (), 5))
        event.remove(sqlite_store.database.engine, "before_cursor_execute", explain)
    assert plans
    scans = [line for line in plans if line.startswith("SCAN") and "USING" not in line and "CONSTANT" not in line]
    assert scans == []


def test_the_keys_that_runs_use(store: Store) -> None:
    fill(store)
    assert [store.run_search.keys(noun) for noun in ("metrics", "params", "tags")] == [["auc"], ["lr"], ["team"]]
