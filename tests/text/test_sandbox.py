"""Template injection: each line of security.md is a refusal, in bounded time and memory."""

import time
import tracemalloc

import pytest

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.text.templates import compile_template

ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ ['a'] | map('attr', '__class__') | list }}",
    "{{ [''] | selectattr('__class__') | list }}",
    "{{ [''] | groupby('__class__') }}",
    "{{ ['a', 'b'] | sort(attribute='__class__') }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ range.__globals__ }}",
    "{{ range.function.__globals__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ namespace.__init__ }}",
    "{{ namespace().__class__ }}",
    "{{ joiner.__init__ }}",
    "{{ ('a' | map('upper')).gi_frame }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__ }}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% for i in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% for i in [1] %}{{ loop.__init__ }}{% endfor %}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "{{ 'x'.encode() }}",
    "{{ 'x'.translate }}",
    "{{ {}.update }}",
    "{{ [].append(1) }}",
    "{{ [1].sort() }}",
    "{{ lipsum() }}",
    "{{ config }}",
    "{{ request.environ }}",
    "{{ open('/etc/passwd') }}",
    "{{ ''.format }}",
    "{{ x | random }}",
    "{{ x | safe }}",
    "{{ x | pprint }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../etc/passwd' %}",
    "{% include x %}",
    "{% include ['a', 'b'] %}",
    "{% include 'a' ignore missing %}{{ y }}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'base' %}",
    "{% block a %}{% endblock %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% do x.append(1) %}",
    "{{ _ }}",
]

GROW = "{% set ns = namespace(x='aaaaaaaaaaaaaaaa', l=['a']) %}{% for i in range(60) %}"
BOMBS = [
    "{{ 'a' * 10 ** 9 }}",
    "{{ 10 ** 9 * 'a' }}",
    "{{ [0] * 10 ** 9 }}",
    "{{ 10 ** (10 ** 9) }}",
    "{{ 9 ** 9 ** 9 ** 9 ** 9 }}",
    "{% set ns = namespace(x=3) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "{{ '%9999999d' % 3 }}",
    "{{ '%.9999999f' % 3 }}",
    "{{ '%*d' % (9999999, 3) }}",
    "{{ '%-9999999s' | format('a') }}",
    "{{ ('%s' * 100000) % 'a' }}",
    "{{ '%(a)s%(a)s%(a)s' % {'a': 'b' * 3000000} }}",
    "{{ '{:9999999d}'.format(3) }}",
    "{{ 'a'.ljust(10 ** 9) }}",
    "{{ 'a'.zfill(10 ** 9) }}",
    "{{ 'a'.expandtabs(10 ** 9) }}",
    "{{ 'a' | center(10 ** 9) }}",
    "{{ 'a' | indent(10 ** 9) }}",
    "{{ ('a\n' * 100000) | indent('x' * 999) }}",
    "{{ 'a b' | wordwrap(10 ** 9) }}",
    "{{ [1] | tojson(indent=10 ** 9) }}",
    "{{ [1] | batch(10 ** 9, 0) | list }}",
    "{{ [1] | slice(10 ** 9) | list }}",
    "{{ 1 | round(10 ** 9, 'ceil') }}",
    "{{ ','.join(['a' * 1000000] * 1000) }}",
    "{{ (['a' * 1000000] * 1000) | join(',') }}",
    "{{ 'aaa'.replace('', 'b' * 2000000) }}",
    "{{ ('a' * 100000) | replace('a', 'b' * 1000) }}",
    "{% for i in range(10 ** 9) %}x{% endfor %}",
    "{{ range(10 ** 9) | list }}",
    "{{ range(0, 10 ** 18, 1) | join }}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{{ range(9999) | sum }}{% endfor %}",
    "{% for i in range(9999) %}{{ range(9999) | map('string') | list }}{% endfor %}",
    "{% for i in range(9999) %}{{ x }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "{% for i in [[1]] recursive %}{{ loop([i]) }}{% endfor %}",
    GROW + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    GROW + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    GROW + "{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}",
    GROW + "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    GROW + "{% set ns.l = ns.l + ns.l %}{% endfor %}",
    GROW + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
    GROW + "{% set ns.l = (ns.l, ns.l) %}{% endfor %}{{ ns.l == ns.l }}",
    GROW + "{% set ns.l = {'a': ns.l, 'b': ns.l} %}{% endfor %}{{ ns.l | tojson }}",
    GROW + "{% set ns.l = dict(a=ns.l, b=ns.l) %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[]) %}{% for i in range(9000) %}{% set ns.l = ns.l + [x[1:]] %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.a = ns %}{{ [ns, ns] }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 500 + "]" * 500 + " }}",
    "{{ " + "-" * 5000 + "1 }}",
    "{{ 1" + "+1" * 5000 + " }}",
    "{{ 1" + "|abs" * 5000 + " }}",
    "{% if 1 %}" * 5000 + "{% endif %}" * 5000,
    "{% for i in [1] %}" * 30 + "{% endfor %}" * 30,
    "a" * 200_001,
]


@pytest.mark.parametrize("source", ESCAPES)
def test_nothing_reaches_outside(source: str) -> None:
    with pytest.raises(RenderError, match=r"p\.md"):
        compile_template(source, name="p.md").render({"x": "text"})


@pytest.mark.parametrize("source", BOMBS, ids=lambda source: source[-60:])
def test_no_bomb_goes_off(source: str) -> None:
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(RenderError, match=r"p\.md"):
            compile_template(source, name="p.md").render({"x": "a" * 100_000})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 10
    assert peak < 200_000_000


def test_includes_that_multiply_are_stopped() -> None:
    sources = {name: f"{{% include '{other}' %}}" * 200 for name, other in ("ab", "bc", "cd")} | {"d": "x"}
    with pytest.raises(RenderError, match=r"takes more than 200,000 steps|takes longer than"):
        compile_template("{% include 'a' %}", name="p.md", includes=sources).render({})


def test_a_rendering_ends_in_bounded_time() -> None:
    values: list[Json] = list(range(90_000, 0, -1))
    with pytest.raises(RenderError, match=r"takes longer than 2 s|takes more than"):
        compile_template("{{ xs | map('string') | max }}" * 500, name="p.md").render({"xs": values})


def test_constants_are_not_folded_past_the_caps() -> None:
    with pytest.raises(RenderError, match=r"a text of 1,000,000,000 characters"):
        compile_template("{% if false %}{{ 'a' * 10 ** 9 }}{% endif %}{{ 'a' * 10 ** 9 }}", name="p.md").render({})


def test_a_large_but_honest_prompt_renders() -> None:
    contexts = [{"text": "word " * 400} for _ in range(200)]
    source = "{% for c in contexts %}[{{ loop.index }}] {{ c.text | trim }}\n{% endfor %}"
    assert len(compile_template(source, name="p.md").render({"contexts": contexts})) > 400_000
