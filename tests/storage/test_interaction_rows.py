"""Rows of the log as interactions."""

import json

from llmops.domain.interaction import TEXTS
from llmops.storage.interaction_rows import interaction_of, texts_of
from llmops.storage.store import Store
from tests.support.interactions import interaction

ROW = (
    *(7, "reply-1", interaction().at, "ask", "docs", "sha256:1", "m", "fp", "flag", "stop", "", "u", "s"),
    *(10, 3, None, 0.5, None, 0.25, '{"app":"sha256:1"}', '{"lang":"en"}'),
)


def test_an_interaction_has_what_its_columns_say_and_the_texts_that_were_read() -> None:
    contexts = json.dumps([context.model_dump(mode="json") for context in interaction().contexts])
    one = interaction_of((*ROW, "so", contexts), ("output", "contexts"))
    assert (one.id, one.user, one.session, one.version, one.score) == ("reply-1", "u", "s", "sha256:1", 0.25)
    assert (one.usage.tokens, one.usage.cost, one.usage.latency) == (13, None, 0.5)
    assert (one.output, one.contexts, one.inputs) == ("so", interaction().contexts, {})
    assert interaction_of(ROW).output == ""
    assert interaction_of((*ROW, None), ("inputs",)).inputs == {}
    assert texts_of(["{}", "[]", "[]"], ["inputs", "contexts", "verdicts"]) == {
        "inputs": {},
        "contexts": (),
        "verdicts": (),
    }


def test_only_the_texts_that_are_asked_for_are_read(store: Store) -> None:
    log, empty = store.interactions, {"inputs": {}, "output": "", "contexts": (), "verdicts": ()}
    log.add([interaction(1)])
    _, last, _ = log.marks(interaction(1).at)
    for text in TEXTS:
        ((_, one),) = log.oldest_first("docs", after=0, until=last, limit=5, texts=(text,))
        assert one == interaction(1).model_copy(update={name: empty[name] for name in TEXTS if name != text})
    ((_, bare),) = log.oldest_first("docs", after=0, until=last, limit=5, texts=())
    assert bare == interaction(1).model_copy(update=empty)
