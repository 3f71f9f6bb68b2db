"""Templates: what they render, and what their writers are told."""

import enum
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.text.templates import compile_template, find_includes, json_like


def rendered(source: str, includes: dict[str, str] | None = None, **values: Json) -> str:
    return compile_template(source, name="p.md", includes=includes).render(values)


def failure(source: str, includes: dict[str, str] | None = None, **values: Json) -> str:
    with pytest.raises(RenderError, match=r".") as caught:
        compile_template(source, name="p.md", includes=includes, first_line=10).render(values)
    return str(caught.value)


def test_values_loops_and_filters() -> None:
    source = "{% for c in contexts %}\n[{{ loop.index }}/{{ loop.length }}] {{ c.text | upper }}\n{% endfor %}\n{{ q }}"
    assert rendered(source, contexts=[{"text": "a"}, {"text": "b"}], q="?") == "[1/2] A\n[2/2] B\n?"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ xs | map(attribute='n') | join(', ') }}", "1, 2"),
        ("{{ xs | selectattr('n', 'gt', 1) | list }}", "[{'n': 2}]"),
        ("{% for g in xs | groupby('n') %}{{ g.grouper }}:{{ g.list | length }} {% endfor %}", "1:1 2:1 "),
        ("{{ xs | sum('n') }} {{ xs | tojson }}", '3 [{"n": 1}, {"n": 2}]'),
        ("{{ none }}|{{ (1 if false) }}|{{ true }}|{{ ['a', none] }}", "||True|['a', None]"),
        ("{{ 'a\nb' | indent(2) }} {{ '<b>' | e }} {{ 3.14159 | round(2) }}", "a\n  b &lt;b&gt; 3.14"),
        (
            "{{ 'ab' * 2 ~ 1 }} {{ 7 % 4 }} {{ 2 ** 8 }} {{ '%03d' % 7 }} {{ '%s-%s' | format('a', 2) }}",
            "abab1 3 256 007 a-2",
        ),
        ("{{ 'a,b'.split(',') | last }} {{ 'x-y'.replace('-', '+') }} {{ '+'.join(['a', 'b']) }}", "b x+y a+b"),
        ("{{ xs[1:] }} {{ 'abc'[::-1] }} {{ {'k': 1}.items() }}", "[{'n': 2}] cba [('k', 1)]"),
        ("{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "6"),
        ("{% macro m(a, b=2) %}<{{ a }}{{ b }}{{ caller() }}>{% endmacro %}{% call m(1) %}z{% endcall %}", "<12z>"),
        (
            "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{% set j = joiner(';') %}{{ j() }}{{ j() }}",
            "ab;",
        ),
        (
            "{% for i in [{'n': 1, 'c': [{'n': 2, 'c': []}]}] recursive %}{{ i.n }}({{ loop(i.c) }}){% endfor %}",
            "1(2())",
        ),
        ("{{ {'items': 3}.items }}", "3"),
    ],
)
def test_the_language_is_jinja(source: str, wanted: str) -> None:
    assert rendered(source, xs=[{"n": 1}, {"n": 2}]) == wanted


def test_variables_are_known_with_the_line_of_their_first_use() -> None:
    template = compile_template(
        "{{ a }}\n{% set b = 1 %}{{ b }}{% for c in d %}{{ c }}{{ a }}{% endfor %}", name="p", first_line=5
    )
    assert template.lines == {"a": 5, "d": 6}
    assert template.variables == {"a", "d"}


def test_includes_see_the_same_values_and_are_surveyed_too() -> None:
    template = compile_template(
        "{{ a }}\n{% include 'b' %}", name="p", includes={"b": "[{% include 'c' %}]", "c": "{{ z }}"}
    )
    assert template.render({"a": 1, "z": 2}) == "1\n[2]"
    assert (template.lines, template.includes) == ({"a": 1, "z": 2}, ("b",))
    assert find_includes("\n{% include 'b' %}{% include 'b' %}", name="p", first_line=3) == {"b": 4}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ a }}\n{{ nme }}", "p.md:11: 'nme' is undefined"),
        ("a\n{% if %}", "p.md:11: Expected an expression"),
        ("{{ a | uper }}", "p.md:10: there is no filter 'uper'\nDid you mean 'upper'?"),
        ("{{ a is defned }}", "p.md:10: there is no test 'defned'\nDid you mean 'defined'?"),
        ("{{ a.b.c }}", "p.md:10: 'str object' has no attribute 'b'"),
        ("{{ 1 / 0 }}", "p.md:10: division by zero"),
        ("{{ a | map('upper') }}", "a generator is no text; add `| list` or `| join`"),
        ("{{ a(1) }}", "p.md:10: a str cannot be called"),
        ("{{ (1 if false).x }}", "no else section"),
        ("{{ [1, b] }}", "'b' is undefined"),
        ("{{ b + 1 }}", "'b' is undefined"),
        ("{{ b[0] }}", "'b' is undefined"),
        ("{{ b() }}", "'b' is undefined"),
        ("{{ '%d' % a }}", "%d format"),
        ("{{ ['a', 'b'] | sum }}", "sum adds numbers; use join for text"),
    ],
)
def test_a_failure_names_file_line_and_reason(source: str, said: str) -> None:
    assert said in failure(source, a="x")


def test_a_failure_inside_an_include_names_the_include() -> None:
    assert failure("{% include 'b' %}", {"b": "\n{{ 1 / 0 }}"}).startswith("b:2: division by zero")


def test_includes_that_are_not_there_or_go_in_a_circle() -> None:
    assert failure("{% include 'anwser' %}", {"answer": ""}).startswith(
        "p.md:10: 'anwser' is not there to include\nDid you mean"
    )
    said = failure("\n{% include 'b' %}", {"b": "{% include 'c' %}", "c": "{% include 'b' %}"})
    assert "includes go in a circle: b -> c -> b" in said


def test_no_value_can_open_a_template_or_leave_a_trace() -> None:
    assert rendered("{{ a }}", a="{{ 7 * 7 }}{% raw %}") == "{{ 7 * 7 }}{% raw %}"


class Shouting(str):
    def __str__(self) -> str:
        return "boo"


class Colour(enum.StrEnum):
    RED = "red"


def test_values_are_plain_copies() -> None:
    assert rendered("{{ a }}{{ b }}", a=Shouting("x"), b=Colour.RED) == "xred"
    assert type(json_like(True, "a")) is bool
    given = {"a": [1, (2, None)]}
    copy = json_like(given, "a")
    assert copy == {"a": [1, [2, None]]}
    assert copy["a"] is not given["a"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "the value of 'a' holds a object"),
        ([{1, 2}], "the value of 'a' holds a set"),
        ({1: 2}, "the value of 'a' has the key 1"),
        (b"x", "the value of 'a' holds a bytes"),
        (test_values_are_plain_copies, "the value of 'a' holds a function"),
    ],
)
def test_values_that_are_no_json_are_refused(value: Json, said: str) -> None:
    assert said in failure("{{ a }}", a=value)


def test_a_value_without_end_is_refused() -> None:
    circle: list[Json] = []
    circle.append(circle)
    assert "nested too deeply" in failure("{{ a }}", a=circle)


def test_one_source_is_compiled_once() -> None:
    assert compile_template("{{ x }}!", name="n") is compile_template("{{ x }}!", name="n")


def test_threads_render_side_by_side() -> None:
    template = compile_template("{% for i in range(200) %}{{ x }}{% endfor %}", name="n")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: template.render({"x": str(n)}), range(64)))
    assert results == [str(n) * 200 for n in range(64)]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="{}%#'\"a1 .|()[]~+*-\n", max_size=40))
def test_any_source_renders_or_says_what_is_wrong(source: str) -> None:
    try:
        result = rendered(source, a="x")
    except RenderError as error:
        assert str(error).startswith("p.md")  # noqa: PT017  # either way is right; an error must say where
    else:
        assert isinstance(result, str)
