"""Prompt files as text: whatever is in them comes back, and opens no message by accident."""

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.prompt_text import PromptText, literal, variable, write_body, write_yaml
from llmops.registry.messages import split_messages
from llmops.text.templates import compile_template
from llmops.text.yaml import parse_yaml
from tests.support.conversions import lines

LINE = st.sampled_from(
    ["system:", "user:", "user: hi", "{{ x }}", "{% if %}", "{# #}", "---", "", "a", "  assistant:  ", "{{{"]
)
TEXT = st.lists(LINE | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=6).map("\n".join)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | ANY | st.sampled_from(["on", "1:30", "0o7", "~", "2026-01-01", "1e3", "="]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_a_literal_prints_itself(text: str) -> None:
    printed = compile_template(literal(text), name="x").render({})
    assert printed == text.removesuffix("\n")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["system", "user", "assistant"]), TEXT.filter(str.strip)), min_size=1, max_size=3
    )
)
def test_messages_stay_what_they_were(messages: list[tuple[str, str]]) -> None:
    body = write_body([(role, literal(text)) for role, text in messages])
    found = [
        (section.role, compile_template(section.text, name="x").render({}).strip())
        for section in split_messages(body, "x")
    ]
    assert found == [(role, text.strip()) for role, text in messages]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(ANY, YAML, max_size=4))
def test_yaml_is_read_back_as_the_same_value(value: dict[str, Json]) -> None:
    assert parse_yaml(write_yaml(value), "x").data == value


def test_a_file_says_what_there_is_to_say() -> None:
    prompt = PromptText(
        model="openai/gpt-4o", parameters={"temperature": 0}, inputs={"q": "any"}, messages=[("user", "Say {{ q }}.")]
    )
    assert prompt.write() == lines(
        """
        ---
        model: openai/gpt-4o
        parameters:
          temperature: 0
        inputs:
          q: any
        ---
        Say {{ q }}.
        """
    )
    assert PromptText(messages=[("user", "Hi.")]).write() == "Hi.\n"


def test_variables_get_names_that_a_template_can_use() -> None:
    assert [variable(name) for name in ("a", "user-name", "user.name", " x ", "1st", "history", "range", "class", "größe")] == [
        "a", "user_name", "user_name", "x", "value_1st", "history_value", "range_value", "class", "gr_e",
    ]  # fmt: skip
    assert variable("!") is None
