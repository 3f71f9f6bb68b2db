"""The log: what is appended is found again, by anything and by all of it together."""

from datetime import timedelta

import pytest

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Feedback, Wanted
from llmops.storage.store import Store
from tests.support.interactions import BEGAN, interaction


def found(store: Store, **wanted: Json) -> list[str]:
    return [one.id.removeprefix("reply-") for _, one in store.interactions.find(Wanted(**wanted))]


def test_an_interaction_comes_back_as_it_was(store: Store) -> None:
    one = interaction()
    assert store.interactions.add([one, one]) == 1
    assert store.interactions.add([one]) == 0
    assert store.interactions.get("reply-1") == one
    assert list(store.interactions.texts(Wanted())) == [one]
    [(_, listed)] = store.interactions.find(Wanted())
    assert listed == one.model_copy(update={"inputs": {}, "output": "", "contexts": (), "verdicts": ()})
    with pytest.raises(NotFound, match="there is no interaction 'reply-2'") as caught:
        store.interactions.get("reply-2")
    assert caught.value.hint == "Look for it with: llmops log list"


def test_lists_are_narrowed_by_everything_and_by_all_together(store: Store) -> None:
    store.interactions.add(
        [
            interaction(1, inputs={"question": "Wo ist mein Päckchen?"}, metadata={"lang": "de", "beta": True}),
            interaction(2, app="shop", refs={"app": "sha256:9"}, user="u1"),
            interaction(3, action="block", output="No.", session="s1"),
            interaction(4, source="guard", at=BEGAN + timedelta(days=40)),
        ]
    )
    assert found(store) == ["4", "3", "2", "1"]
    assert found(store, text="PACKCHEN wo") == ["1"]
    assert found(store, text="parcel") == ["4", "3", "2"]
    assert found(store, text="parcel three days", app="docs") == ["4"]
    assert found(store, app="shop", version="sha256:9", user="u1") == ["2"]
    assert found(store, action="block", session="s1") == ["3"]
    assert found(store, segments={"lang": "de", "beta": "true"}) == ["1"]
    assert found(store, segments={"lang": "de"}, text="parcel") == []
    assert found(store, source="guard") == ["4"]
    assert found(store, since=BEGAN + timedelta(minutes=3)) == ["4", "3"]
    assert found(store, since=BEGAN, until=BEGAN + timedelta(minutes=3), app="docs") == ["1"]
    assert found(store, since=BEGAN + timedelta(days=39), app="docs") == ["4"]
    assert found(store, text="app:docs OR \"x'); DROP") == []


def test_pages_follow_each_other(store: Store) -> None:
    store.interactions.add([interaction(n) for n in range(1, 8)])
    first = store.interactions.find(Wanted(limit=3, text="parcel"))
    assert [one.id for _, one in first] == ["reply-7", "reply-6", "reply-5"]
    assert found(store, before=first[-1][0], limit=2) == ["4", "3"]
    assert [one.id for one in store.interactions.texts(Wanted(limit=5))][-1] == "reply-3"
    assert store.interactions.count() == 7


def test_feedback_is_kept_and_its_score_found(store: Store) -> None:
    store.interactions.add([interaction(1), interaction(2)])
    said = [
        Feedback(interaction_id="reply-1", at=BEGAN, who="ada", score=1.0),
        Feedback(interaction_id="reply-1", at=BEGAN, score=0.25, correction="Two days.", comment="late"),
    ]
    for one in said:
        store.interactions.add_feedback(one)
    assert store.interactions.feedback(["reply-1", "reply-2"]) == {"reply-1": said}
    assert store.interactions.get("reply-1").score == 0.25
    assert found(store, max_score=0.5) == ["1"]
    assert found(store, min_score=0.5) == []
    with pytest.raises(NotFound, match="no interaction 'reply-9'"):
        store.interactions.add_feedback(said[0].model_copy(update={"interaction_id": "reply-9"}))


def test_losses_are_noted_and_the_salt_stays(store: Store) -> None:
    store.interactions.lose(3, "the queue was full", BEGAN)
    assert store.interactions.losses() == [(BEGAN, 3, "the queue was full")]
    assert store.interactions.salt() == store.interactions.salt()
    assert len(store.interactions.salt()) == 64
