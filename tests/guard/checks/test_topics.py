import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.topics import TopicCheck
from tests.support.guarded import noted, subject
from tests.support.hand_embedder import HandEmbedder

EMBEDDER = HandEmbedder(
    {"vote": (1, 0), "Whom to elect?": (0.9, 0.1), "books": (0, 1), "a novel": (0.1, 1), "tea": (-1, 0)}
)


def test_denied_topics_are_found_by_name() -> None:
    check = TopicCheck(deny={"politics": ("vote",)}, embedder=lambda: EMBEDDER)
    assert noted(check, subject("Whom to elect?")) == [("TOPIC", "about politics")]
    assert noted(check, subject("a novel")) == []


def test_texts_about_nothing_that_is_allowed_are_found() -> None:
    check = TopicCheck(allow={"books": ("books",)}, embedder=lambda: EMBEDDER)
    assert noted(check, subject("a novel")) == []
    assert noted(check, subject("tea")) == [("OFF_TOPIC", "about none of the allowed topics")]
    assert noted(check, subject(" ")) == []


def test_a_check_without_topics_is_refused() -> None:
    with pytest.raises(InputError, match=r"there are no topics\nWrite deny"):
        TopicCheck(embedder=lambda: EMBEDDER)
