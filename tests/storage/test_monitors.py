"""What monitors know is kept whole, and what they said stays."""

from datetime import timedelta

from llmops.domain.interaction import Feedback
from llmops.domain.signal import SignalStatus
from llmops.storage.monitors import MonitorState
from llmops.storage.store import Store
from tests.support.interactions import BEGAN, interaction

HOUR = timedelta(hours=1)
STATUS = SignalStatus(monitor="docs", signal="length", state="ok", threshold=1e5, versions={"sha256:1": (2, 0.5)})


def test_what_is_known_is_replaced_stream_by_stream(store: Store) -> None:
    monitors = store.monitors
    assert monitors.load("docs") is None
    monitors.save("docs", MonitorState("b", {"cursor": 1}, {("a", ""): 1, ("a", "metadata.x=ü"): 2}, BEGAN))
    monitors.save("docs", MonitorState("b", {"cursor": 2}, {("a", ""): 3}, BEGAN + HOUR))
    found = monitors.load("docs")
    assert found == MonitorState("b", {"cursor": 2}, {("a", ""): 3, ("a", "metadata.x=ü"): 2}, BEGAN + HOUR)
    monitors.drop_streams("docs", [("a", "")])
    assert list((monitors.load("docs") or found).streams) == [("a", "metadata.x=ü")]
    assert monitors.names() == ["docs"]


def test_what_was_said_is_found_again(store: Store) -> None:
    monitors = store.monitors
    monitors.save("docs", MonitorState("b", {}, {}, BEGAN))
    monitors.add_points("docs", BEGAN, [STATUS])
    later = STATUS.model_copy(update={"state": "drift", "since": BEGAN})
    monitors.add_points("docs", BEGAN + HOUR, [later])
    assert monitors.latest("docs") == (BEGAN + HOUR, [later])
    assert [at for at, _ in monitors.points("docs")] == [BEGAN, BEGAN + HOUR]
    assert monitors.points("docs", since=BEGAN + HOUR) == [(BEGAN + HOUR, later)]
    monitors.forget("docs")
    assert (monitors.latest("docs"), monitors.load("docs")) == ((None, []), None)


def test_interactions_are_read_in_their_order_and_scores_as_they_come(store: Store) -> None:
    log = store.interactions
    log.add([interaction(n, app="other" if n == 2 else "docs") for n in range(1, 6)])
    log.add_feedback(Feedback(interaction_id="reply-4", at=BEGAN + HOUR, score=1))
    log.add_feedback(Feedback(interaction_id="reply-1", at=BEGAN + HOUR, comment="fine"))
    log.add_feedback(Feedback(interaction_id="reply-1", at=BEGAN + 2 * HOUR, score=0))
    before, last, said = log.marks(BEGAN + timedelta(minutes=3))
    assert [one.id for _, one in log.oldest_first("docs", after=0, until=last, limit=2)] == ["reply-1", "reply-3"]
    assert [one.id for _, one in log.oldest_first("docs", after=before, until=last, limit=9)] == [
        "reply-3",
        "reply-4",
        "reply-5",
    ]
    assert log.oldest_first("docs", after=0, until=last, limit=1)[0][1] == interaction(1, score=0.0)
    scored = log.scored("docs", after=0, until=said, limit=9)
    assert [(one.id, one.score, one.at) for _, one in scored] == [
        ("reply-4", 1, BEGAN + HOUR),
        ("reply-1", 0, BEGAN + 2 * HOUR),
    ]
    assert log.marks(BEGAN + 9 * HOUR) == (last, last, said)
