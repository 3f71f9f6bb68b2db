"""`{{variables}}` in texts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.mustache import Variables
from llmops.text.templates import compile_template
from tests.support.conversions import told

PIECE = st.sampled_from(["{{a}}", "{{ b }}", "{% raw %}", "{# x #}", "{{", "}}", "{", "%}", "\n", "text! "])


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=8))
def test_variables_get_their_values_and_all_else_stays(pieces: list[str]) -> None:
    text = "".join(pieces)
    variables = Variables(Conversion(), "x")
    converted = variables.convert(text, 1)
    values = {"a": "A", "b": "B"}
    printed = compile_template(converted, name="x").render({name: values[name] for name in variables.names})
    expected = re.sub(r"\{\{\s*(a|b)\s*\}\}", lambda found: values[found[1]], text)
    assert printed == expected.removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "converted", "remark"),
    [
        ("{{user-name}}", "{{ user_name }}", "x:7: the variable 'user-name' is called 'user_name' here"),
        ("{{history}}", "{{ history_value }}", "x:7: the variable 'history' is called 'history_value' here"),
        ("{{!}}", '{{ "{{" }}!}}', "x:7: {{!}} is no variable and was kept as text"),
        (
            "@@@langfusePrompt:name=my tone|version=2@@@",
            '{% include "my-tone" %}',
            "x:7: the prompt 'my tone' was pulled in by version 2; here its working file is",
        ),
    ],
)
def test_what_changes_is_told(text: str, converted: str, remark: str) -> None:
    conversion = Conversion()
    assert Variables(conversion, "x").convert(text, 7) == converted
    assert told(conversion) == [remark]
