"""Handlebars in Jinja2: the same template with the same values prints the same text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.handlebars import Handlebars
from llmops.text.templates import compile_template
from tests.support.conversions import told

VALUES: dict[str, Json] = {
    "name": "Ada", "yes": True, "no": False, "nothing": None, "empty": [], "words": ["a", "b"],
    "items": [{"title": "x", "done": True, "tags": ["p", "q"]}, {"title": "y", "tags": []}],
    "user": {"name": "Bo", "address": {"city": "Ulm"}}, "odd": {"a-b": 1},
}  # fmt: skip


def printed(source: str) -> str:
    """What the converted template prints; it must be one message without remarks."""
    conversion = Conversion()
    template = Handlebars(conversion, "x.prompt")
    template.convert(source, 1)
    assert told(conversion) == []
    ((role, text),) = template.messages
    assert role == "user"
    assert set(template.names) <= set(VALUES)
    return compile_template(text, name="x").render(VALUES)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{name}}, {{ user.name }} of {{user.address.city}}", "Hi Ada, Bo of Ulm"),
        ("{{{name}}} {{&name}}", "Ada Ada"),
        ("{{#if yes}}A{{else}}B{{/if}} {{#if no}}A{{else}}B{{/if}} {{#if empty}}A{{^}}B{{/if}}", "A B B"),
        ("{{#if no}}A{{else if yes}}B{{else}}C{{/if}}", "B"),
        ("{{#unless no}}A{{/unless}}{{#unless yes}}B{{/unless}}", "A"),
        ("{{#if user.nick}}A{{else}}B{{/if}}", "B"),
        ("{{#each words}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}", "0a,1b"),
        ("{{#each items}}{{title}}{{#if done}}!{{/if}} {{../name}} {{@root.name}};{{/each}}", "x! Ada Ada;y Ada Ada;"),
        ("{{#each items}}{{this.title}}({{#each tags}}{{this}}{{../title}}{{/each}}){{/each}}", "x(pxqx)y()"),
        ("{{#each empty}}A{{else}}none of {{name}}{{/each}}", "none of Ada"),
        ("{{#each user.address}}{{@key}}={{this}}{{/each}}", "city=Ulm"),
        ("{{#with user}}{{name}} {{address.city}} {{../name}}{{/with}}", "Bo Ulm Ada"),
        ("{{#ifEquals name 'Ada'}}A{{/ifEquals}}{{#unlessEquals name \"Bo\"}}B{{/unlessEquals}}", "AB"),
        ("{{json words}} {{json user.address}}", '["a", "b"] {"city": "Ulm"}'),
        ("a {{! a comment }}b{{!-- {{name}} --}}c", "a bc"),
        ("a  {{~name~}}  b", "aAdab"),
        ("{% if x %} {# y #} \\{{name}} {", "{% if x %} {# y #} {{name}} {"),
        ("{{words.[1]}} {{words.0}} {{odd.[a-b]}}", "b a 1"),
        ("{{#if yes}}\nA\n{{/if}}\n{{#each words}}\n- {{this}}\n{{/each}}\n", "A\n- a\n- b\n"),
    ],
)  # fmt: skip
def test_templates_print_what_handlebars_prints(source: str, text: str) -> None:
    assert printed(source).rstrip("\n") == text.rstrip("\n")


def test_roles_open_messages_and_history_has_its_place() -> None:
    template = Handlebars(Conversion(), "x.prompt")
    template.convert(
        'Lead.\n{{role "system"}}\nBe {{kind}}.\n{{history}}\n{{role "model"}}Ok.\n{{role "user"}}\n{{q}}\n', 1
    )
    assert template.messages == [
        ("user", "Lead."), ("system", "Be {{ kind }}."), ("history", ""), ("assistant", "Ok."), ("user", "{{ q }}"),
    ]  # fmt: skip
    assert list(template.names) == ["kind", "q"]


@pytest.mark.parametrize(
    ("source", "remark"),
    [
        ("a\n{{lookup a b}}", "x.prompt:6: {{lookup a b}} was kept as text: there is no helper 'lookup'"),
        ("{{#list a}}x{{/list}}", "x.prompt:5: {{#list a}} was kept as text: there is no block 'list'"),
        ("{{/if}}", "x.prompt:5: {{/if}} was kept as text: it closes no open block"),
        (
            "{{#if a}}{{role 'user'}}{{/if}}",
            "x.prompt:5: {{role 'user'}} was kept as text: a block cannot span two messages",
        ),
        (
            "{{#if a}}{{history}}{{/if}}",
            "x.prompt:5: {{history}} was kept as text: the history cannot stand inside a block",
        ),
        ("{{role 'king'}}", "x.prompt:5: {{role 'king'}} was kept as text: there is no role 'king'"),
        ("{{media url=photo}}", "x.prompt:5: {{media …}} has no counterpart and was left out"),
        ("{{@state.x}}", "x.prompt:5: {{@state.x}} was kept as text: @state.x has no counterpart"),
        ("{{@index}}", "x.prompt:5: {{@index}} was kept as text: @index stands in no {{#each}}"),
        ("{{user-name}}", "x.prompt:5: the variable 'user-name' is called 'user_name' here"),
        (
            "{{>sign name=name}}",
            "x.prompt:5: the partial 'sign' gets no values of its own: it sees those of the prompt",
        ),
        ("{{#if a}}x", "x.prompt:5: the block {{#if}} has no end; it was closed at the end of the file"),
        ("{{else}}", "x.prompt:5: {{else}} was kept as text: it stands in no block"),
        ("{{}}", "x.prompt:5: {{}} was kept as text: it is empty"),
    ],
)
def test_what_has_no_counterpart_is_told_with_its_line(source: str, remark: str) -> None:
    conversion = Conversion()
    Handlebars(conversion, "x.prompt").convert(source, 5)
    assert remark in told(conversion)


PIECE = st.sampled_from(
    ["{{name}}", "{{#if yes}}", "{{/if}}", "{{else}}", "{{#each items}}", "{{/each}}", "{{#with user}}", "{{/with}}", "{{this}}",
     "{{role 'system'}}", "{{history}}", "{{", "}}", "{%", "{#", "\\{{", "{{{", "~", "{{~name~}}", "{{>p}}", " ", "\n", "x"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=10))
def test_any_text_becomes_templates_that_parse(pieces: list[str]) -> None:
    template = Handlebars(Conversion(), "x.prompt")
    template.convert("".join(pieces), 1)
    for _, text in template.messages:
        compile_template(text, name="x", includes={"p": "P"})
