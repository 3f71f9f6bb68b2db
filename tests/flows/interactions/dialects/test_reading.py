"""Texts of contents, and readings that complete each other."""

from llmops.domain.interaction import ToolCall
from llmops.flows.interactions.dialects.reading import Reading, as_text, message


def test_a_content_of_parts_is_the_text_of_its_parts() -> None:
    assert as_text([{"type": "text", "text": "a"}, {"type": "text", "content": ["b", None]}, "c"]) == "a\nb\nc"
    assert as_text({"colour": "red"}) == '{"colour": "red"}'
    assert as_text(None) == ""


def test_a_turn_has_the_shape_of_openai() -> None:
    assert message(None, "hi") == {"role": "user", "content": "hi"}
    called = message("assistant", None, [ToolCall(id="1", name="f", arguments={"x": 1})])
    assert called["tool_calls"] == [{"id": "1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]


def test_a_reading_takes_only_what_it_lacks() -> None:
    found = Reading(output="mine", metadata={"a": 1})
    found.fill(Reading(output="theirs", model="m", prompt_tokens=3, metadata={"a": 2, "b": 2}))
    assert (found.output, found.model, found.prompt_tokens) == ("mine", "m", 3)
    assert found.metadata == {"a": 1, "b": 2}
