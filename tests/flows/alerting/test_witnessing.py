"""Examples of what is new in vectors."""

import random
from collections.abc import Sequence

from llmops.domain.interaction import Interaction
from llmops.flows.alerting.explaining import explain
from llmops.flows.alerting.witnessing import find_examples, no_vectors
from llmops.storage.store import Store
from tests.support.alerts import an_alert, drifting
from tests.support.interactions import BEGAN, interaction

ALERT = an_alert(streams=(drifting("embedding", statistic=9e5), drifting("length")))
BEFORE = [interaction(-n, id=f"reply-{n}") for n in range(1, 61)]
SINCE = [interaction(n, id=f"reply-{n}") for n in range(100, 160)]
NEW = {"reply-103", "reply-117", "reply-126", "reply-140", "reply-151"}


def vectors(signal: str, page: Sequence[Interaction]) -> list[list[float] | None]:
    """Most are like all others; some lie elsewhere, and one has none."""
    if signal != "embedding":
        return []
    draw = random.Random(3)
    found: list[list[float] | None] = []
    for one in page:
        middle = 2.0 if one.id in NEW else 0.0
        found.append(None if one.id == "reply-150" else [draw.gauss(middle, 0.3) for _ in range(8)])
    return found


def test_the_most_shifted_are_what_was_not_there_before() -> None:
    found = find_examples(ALERT, BEFORE, SINCE, vectors)
    assert [one.kind for one in found] == ["most shifted"] * 5 + ["typical now"] * 3 + ["typical before"] * 3
    assert {one.interaction for one in found[:5]} == NEW
    assert not {one.interaction for one in found[5:]} & NEW
    assert find_examples(ALERT, BEFORE[:19], SINCE, vectors) == []
    assert find_examples(ALERT, BEFORE, SINCE, no_vectors) == []


def test_an_alert_shows_them_where_its_signals_have_no_values(sqlite_store: Store) -> None:
    sqlite_store.interactions.add([*BEFORE, *SINCE])
    alert = an_alert(until=SINCE[-1].at, streams=(drifting("embedding", since=BEGAN),))
    found = explain(sqlite_store, alert, [], vectors=vectors)
    assert {one.interaction for one in found.examples if one.kind == "most shifted"} == NEW
