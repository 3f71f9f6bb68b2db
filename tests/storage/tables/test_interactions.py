"""What goes with an interaction that is removed."""

from sqlalchemy import delete, func, select, text

from llmops.domain.interaction import Feedback, Wanted
from llmops.storage.store import Store
from llmops.storage.tables.interactions import FEEDBACK, INTERACTION_BODIES, INTERACTIONS
from tests.support.interactions import BEGAN, interaction


def test_texts_words_and_feedback_go_with_their_interaction(store: Store) -> None:
    store.interactions.add([interaction(1), interaction(2)])
    store.interactions.add_feedback(Feedback(interaction_id="reply-1", at=BEGAN, score=1))
    with store.database.transaction() as connection:
        connection.execute(delete(INTERACTIONS).where(INTERACTIONS.c.id == "reply-1"))
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (INTERACTION_BODIES, FEEDBACK)
        ]
        if store.database.is_sqlite:
            connection.execute(text("INSERT INTO interaction_words (interaction_words) VALUES ('integrity-check')"))
    assert counts == [1, 0]
    assert [one.id for _, one in store.interactions.find(Wanted(text="parcel"))] == ["reply-2"]
