"""Deleting from the log leaves nothing but the proof."""

from datetime import timedelta

from llmops.domain.artifact import Actor
from llmops.domain.interaction import Feedback, Wanted
from llmops.storage.erasure import erase
from llmops.storage.store import Store
from tests.support.interactions import BEGAN, interaction

ADA = Actor(name="ada", source="argument")


def test_the_history_says_what_went_and_db_check_that_it_stands(store: Store) -> None:
    store.interactions.add([interaction(n, user="u1" if n < 3 else "u2") for n in range(1, 6)])
    store.interactions.add_feedback(Feedback(interaction_id="reply-1", at=BEGAN, score=1))
    now = BEGAN + timedelta(days=1)
    gone = erase(store.database, user="u1", actor=ADA, reason="asked for", now=now)
    assert gone is not None
    assert (gone.action, gone.alias, gone.reason) == ("erase", "log", "asked for")
    assert (gone.details["interactions"], gone.details["feedback"], gone.details["left"]) == (2, 1, 0)
    assert gone.details["user"] == "u1"
    assert erase(store.database, user="u1", actor=ADA, reason="again", now=now) is None
    older = erase(store.database, before=BEGAN + timedelta(minutes=4), actor=ADA, reason="old", now=now)
    assert older is not None
    assert older.details["interactions"] == 1
    assert [one.id for _, one in store.interactions.find(Wanted(text="parcel"))] == ["reply-5", "reply-4"]
