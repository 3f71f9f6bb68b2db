"""Pieces are told apart by choice, field and tool call, in each API's events."""

from llmops.core.hashing import Json
from llmops.guard.bodies.deltas import ChatDeltas, PathDeltas, ResponseDeltas, deltas_of, is_bare
from llmops.guard.bodies.places import OpenAiShape, get, shape_of

CHAT = ChatDeltas()


def pieces(event: Json) -> list[tuple[tuple[str | int, ...], Json]]:
    return [(key, get(event, place)) for key, place in deltas_of(OpenAiShape(), event).pieces(event)]


def test_chunks_of_chats() -> None:
    call = {"index": 2, "function": {"name": "f", "arguments": '{"'}}
    event = {"choices": [{"index": 1, "delta": {"content": "a", "reasoning_content": "b", "tool_calls": [call]}}]}
    assert pieces(event) == [((1, "content"), "a"), ((1, "reasoning_content"), "b"), ((1, "tool", 2), '{"')]
    assert pieces({"choices": [{"index": 0, "text": "t"}]}) == [((0, "text"), "t")]
    assert pieces({"choices": [{"index": 0, "delta": {"function_call": {"arguments": "x"}}}]}) == [
        ((0, "function_call"), "x")
    ]
    assert pieces({"choices": [], "usage": {}}) == []


def test_events_of_responses() -> None:
    event = {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "a"}
    assert pieces(event) == [((1, 0, "response.output_text"), "a")]
    done = {"type": "response.output_text.done", "output_index": 1, "text": "a"}
    assert pieces(done) == []
    assert ResponseDeltas().ended(done) == (1,)
    assert ResponseDeltas().ended({"type": "response.completed"}) == ()


def test_a_finish_reason_ends_the_texts_of_its_choice() -> None:
    assert CHAT.ended({"choices": [{"index": 3, "delta": {}, "finish_reason": "stop"}]}) == (3,)
    assert CHAT.ended({"choices": [{"index": 3, "delta": {"content": "x"}, "finish_reason": None}]}) is None


def test_a_filter_that_ends_an_answer_is_its_finish_reason_and_shows_nothing() -> None:
    event = {"id": "c", "choices": [{"index": 0, "delta": {"content": "secret"}, "finish_reason": None}]}
    assert CHAT.end(event) == {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}
    assert ResponseDeltas().end({})["response"]["incomplete_details"] == {"reason": "content_filter"}


def test_a_chunk_that_has_become_empty_is_bare_unless_it_says_something_else() -> None:
    place = ("choices", 0, "delta", "content")
    assert is_bare({"choices": [{"delta": {"content": ""}, "finish_reason": None}]}, [place])
    assert not is_bare({"choices": [{"delta": {"content": "x"}}]}, [place])
    assert not is_bare({"choices": [{"delta": {"content": "", "role": "assistant"}}]}, [place])
    assert not is_bare({"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]}, [place])


def test_events_of_ones_own_have_one_text_a_place() -> None:
    shape = shape_of(None, "$.reply")
    assert isinstance(deltas_of(shape, {}), PathDeltas)
    assert list(deltas_of(shape, {}).pieces({"reply": "a"})) == [(("reply",), ("reply",))]
