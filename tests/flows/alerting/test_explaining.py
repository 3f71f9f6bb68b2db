"""What explains a drift, and which examples show it."""

from datetime import timedelta

import pytest

from llmops.domain.interaction import Interaction, Usage
from llmops.flows.alerting.explaining import explain
from llmops.storage.store import Store
from tests.support.alerts import a_move, an_alert, drifting
from tests.support.interactions import BEGAN, interaction


def asked(number: int, latency: float, *, lang: str = "en", app: str = "sha256:old", **refs: str) -> Interaction:
    """The interaction of a minute after (or before) the change."""
    return interaction(
        number,
        id=f"reply-{number + 1000}",
        refs={"app": app, **refs},
        usage=Usage(latency=latency),
        metadata={"lang": lang},
    )


def keep(store: Store, found: list[Interaction]) -> None:
    store.interactions.add(found)


ALERT = an_alert(until=BEGAN + timedelta(days=1), streams=(drifting(since=BEGAN),))


def test_a_new_version_explains_what_the_old_one_still_answers_as_before(sqlite_store: Store) -> None:
    before = [asked(n, 0.5) for n in range(-100, 0)]
    canary = [asked(n, 0.5 if n % 2 else 2.5, app="sha256:old" if n % 2 else "sha256:new") for n in range(1, 101)]
    keep(sqlite_store, [*before, *canary])
    found = explain(sqlite_store, ALERT, [a_move(7, action="canary"), a_move(1, at=BEGAN - timedelta(days=9))])
    moved, version = found.changes
    assert (moved.kind, moved.sequence) == ("alias", 7)
    assert version.what == "version of the app sha256:new answers 50% of the traffic, and did not before"
    assert version.share == pytest.approx(1.0)
    assert "the traffic is much the same as before, by its metadata" not in found.findings  # it has one language
    kinds = [example.kind for example in found.examples]
    assert kinds == ["most shifted"] * 5 + ["typical now"] * 3 + ["typical before"] * 3
    assert {example.value for example in found.examples[:5]} == {2.5}


def test_other_traffic_explains_a_shift_without_any_change(sqlite_store: Store) -> None:
    def one(n: int, share: int) -> Interaction:
        lang = "de" if n % 10 < share else "en"
        return asked(n, 2.0 if lang == "de" else 0.5, lang=lang)

    keep(sqlite_store, [*(one(n, 1) for n in range(-100, 0)), *(one(n, 6) for n in range(1, 101))])
    (mix,) = explain(sqlite_store, ALERT, []).changes
    assert mix.what in ("traffic: lang=en went from 90% to 40%", "traffic: lang=de went from 10% to 60%")
    assert mix.share == pytest.approx(1.0)


def test_what_came_together_cannot_be_told_apart(sqlite_store: Store) -> None:
    before = [asked(n, 0.5, generation="g1", sequence="4") for n in range(-40, 0)]
    since = [asked(n, 1.5, app="sha256:new", generation="g2", sequence="1") for n in range(1, 41)]
    keep(sqlite_store, [*before, *since])
    found = explain(sqlite_store, ALERT, [])
    assert [(change.kind, change.share) for change in found.changes] == [("index", None), ("version", None)]
    assert found.findings[:2] == (
        "what came at the same time cannot be told apart; each share is that of all of them together",
        "the old one answers nothing any more, so there is nothing of the same time to compare with",
    )


def test_a_sync_of_the_index_is_a_change(sqlite_store: Store) -> None:
    before = [asked(n, 0.5, generation="g1", sequence="4") for n in range(-40, 0)]
    keep(sqlite_store, [*before, *(asked(n, 1.5, generation="g1", sequence="5") for n in range(1, 41))])
    (change,) = explain(sqlite_store, ALERT, []).changes
    assert (change.what, change.at) == ("index generation g1 is at sequence 5", BEGAN + timedelta(minutes=1))


def test_signals_that_need_a_model_show_the_newest_and_a_segment_only_its_own(sqlite_store: Store) -> None:
    keep(sqlite_store, [asked(n, 0.5, lang="de" if n % 2 else "en") for n in range(-40, 41)])
    stream = drifting("embedding", segment="metadata.lang=de", since=BEGAN)
    found = explain(sqlite_store, ALERT.model_copy(update={"streams": (stream,)}), [])
    assert [example.interaction for example in found.examples] == ["reply-1039", "reply-1037", "reply-1035"]
    assert {example.kind for example in found.examples} == {"typical now"}


def test_without_traffic_it_says_so(sqlite_store: Store) -> None:
    found = explain(sqlite_store, ALERT, [a_move(7)])
    assert [change.kind for change in found.changes] == ["alias"]
    assert found.findings == ("too little traffic is in the log to say what else changed",)
