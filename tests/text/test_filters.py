"""The filters that are written anew agree with Jinja2's own where both may work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from llmops.text.filters import FILTERS, TESTS
from llmops.text.templates import compile_template

PLAIN = Environment()  # noqa: S701  # prompts are no HTML


@pytest.mark.parametrize(
    "source",
    [
        "{{ text | indent }}", "{{ text | indent(2, true) }}", "{{ text | indent('> ', first=true, blank=true) }}",
        "{{ text | replace('a', 'bb') }}", "{{ text | replace('a', 'bb', 1) }}", "{{ words | join('-') }}",
        "{{ maps | join(', ', attribute='n') }}", "{{ numbers | sum }}", "{{ maps | sum(attribute='n') }}",
        "{{ numbers | batch(2) | list }}", "{{ numbers | batch(2, 0) | list }}", "{{ numbers | slice(2) | list }}",
        "{{ '%s=%05.1f' | format('x', 2.5) }}", "{{ '%(a)s' | format(a=1) }}", "{{ 2.567 | round(1, 'floor') }}",
        "{{ text | wordcount }}", "{{ text | title }}", "{{ words | list }}", "{{ 3 | string }}",
    ],
)  # fmt: skip
@settings(max_examples=20, deadline=None)
@given(
    text=st.text(alphabet="ab \n.", max_size=30),
    words=st.lists(st.text(alphabet="ab", max_size=3), max_size=4),
    numbers=st.lists(st.integers(-9, 9), max_size=6),
)
def test_same_as_jinja(source: str, text: str, words: list[str], numbers: list[int]) -> None:
    values = {"text": text, "words": words, "numbers": numbers, "maps": [{"n": number} for number in numbers]}
    assert compile_template(source, name="t").render(values) == PLAIN.from_string(source).render(values)


def test_what_is_left_out_is_not_there() -> None:
    assert not {"attr", "random", "pprint", "safe", "xmlattr", "urlize", "center", "filesizeformat"} & FILTERS.keys()
    assert not {"callable", "filter", "test", "sameas", "escaped"} & TESTS.keys()
