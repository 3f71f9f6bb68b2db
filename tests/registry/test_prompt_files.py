"""Prompt files: everything that can be wrong is said at register time, with its line."""

import pytest

from tests.support.registries import PROMPT, Desk


def test_a_prompt_file_becomes_content(desk: Desk) -> None:
    desk.write("prompts/answer.md", PROMPT)
    content = desk.resolve("prompt/answer").content
    assert content["inputs"] == {"question": {"type": "string", "optional": False}}
    assert content["body"].startswith("system:\nAnswer from the excerpts.")
    assert (content["model"], content["parameters"]) == ("openai/gpt-4o-mini", {"temperature": 0.2, "max_tokens": 100})


def test_yaml_and_markdown_of_the_same_content_are_the_same_version(desk: Desk) -> None:
    desk.write("prompts/a.md", "---\ninputs: {q: string}\n---\nsystem:\nHi\n\nuser:\n{{ q }}\n")
    desk.write("prompts/b.yaml", "body: |\n  system:\n  Hi\n\n  user:\n  {{ q }}\ninputs:\n  q: {type: string}\n")
    assert desk.resolve("prompt/a").digest == desk.resolve("prompt/b").digest


def test_line_ends_and_blank_lines_around_the_body_change_nothing(desk: Desk) -> None:
    desk.write("prompts/a.md", "Hello\nthere\n")
    desk.write("prompts/b.md", "\n\nHello\r\nthere\r\n\r\n")
    assert desk.resolve("prompt/a").digest == desk.resolve("prompt/b").digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ninputs: {question: string}\n---\nsystem:\nHi\nuser:\n{{ questoin }}\n",
         "prompts/p.md:7: 'questoin' is used here, but is no input\nDid you mean 'question'? Or declare it: inputs: {questoin:"),
        ("---\ninputs: {q: string}\n---\n\n\n{{ q }}\n{{ x }}", "prompts/p.md:7: 'x' is used here"),
        ("---\ninputs: {q: string}\n---\n{% for c in context %}{{ c }}{% endfor %}", "Did you mean 'contexts'?"),
        ("---\ndescripton: x\n---\nHi", "prompts/p.md:2: unknown key 'descripton'\nDid you mean 'description'?"),
        ("---\nmodel: 3\n---\nHi", "prompts/p.md:2: model must be text, not 3"),
        ("---\ninputs:\n  q: strng\n---\nHi", "prompts/p.md:3: inputs.q.type cannot be \"strng\"\nDid you mean 'string'?"),
        ("---\ninputs:\n  q: {typ: string}\n---\nHi", "prompts/p.md:3: unknown key 'inputs.q.typ'\nDid you mean 'type'?"),
        ("---\ninputs: [q]\n---\nHi", 'prompts/p.md:2: inputs must be a map, not ["q"]'),
        ("---\nincludes: {a: b}\n---\nHi", "prompts/p.md:2: unknown key 'includes'"),
        ("---\nbody: x\n---\nHi", "prompts/p.md:2: the body of a .md prompt stands below the front matter"),
        ("---\ndescription: x\n---\n", "the prompt has no text"),
        ("", "prompts/p.md: the prompt has no text"),
        ("Hi\n{% if %}", "prompts/p.md:2: Expected an expression"),
        ("system:\nHi\nuser:\n{{ q | uper }}", "prompts/p.md:4: there is no filter 'uper'\nDid you mean 'upper'?"),
        ("{% if q %}\nuser:\nHi\n{% endif %}", "prompts/p.md:1: text stands before the first `user:`"),
        ("system:\n{% if q %}\nuser:\nHi\n{% endif %}", "prompts/p.md:2: Unexpected end of template"),
        ("{% import 'os' as os %}", "prompts/p.md:1: {% import %} is not available in prompts"),
        ("---\noutput: {type: strin}\n---\nHi", "prompts/p.md:2: output.type is no JSON Schema"),
        ("---\n- a\n---\nHi", "the file must be a map"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_prompt(desk: Desk, text: str, said: str) -> None:
    desk.write("prompts/p.md", text)
    assert said in desk.complaint()


@pytest.mark.parametrize(
    ("text", "line"),
    [("inputs: {q: string}\nbody: |\n  Hi\n  {{ x }}\n", 4), ("inputs: {q: string}\nbody: Hi {{ x }}\n", 2)],
)
def test_lines_inside_a_yaml_body(desk: Desk, text: str, line: int) -> None:
    desk.write("prompts/p.yaml", text)
    assert desk.complaint().startswith(f"prompts/p.yaml:{line}: 'x' is used here")


def test_a_yaml_prompt_without_a_body(desk: Desk) -> None:
    desk.write("prompts/p.yaml", "description: x\n")
    assert desk.complaint().startswith("prompts/p.yaml:1: 'body' is missing")


def test_includes_are_pinned_and_rendered(desk: Desk) -> None:
    desk.write("prompts/parts/tone.md", "Be {{ mood }}. {% include 'parts/end' %}")
    desk.write("prompts/parts/end.md", "Bye.")
    desk.write("prompts/p.md", "system:\n{% include 'parts/tone' %}\nuser:\n{{ q }}")
    desk.register()
    resolved = desk.resolve("prompt/p@1")
    assert resolved.content["includes"] == {
        "parts/tone": desk.resolve("prompt/parts/tone").digest,
        "parts/end": desk.resolve("prompt/parts/end").digest,
    }
    desk.write("prompts/parts/end.md", "Good night.")
    assert desk.registered() == ["+prompt/parts/end@2", "+prompt/parts/tone@2", "+prompt/p@2"]
    old, new = (desk.registry.prompt(desk.resolve(f"prompt/p@{n}").ref) for n in (1, 2))
    assert old.render(mood="kind", q="?")[0].content == "Be kind. Bye."
    assert new.render(mood="kind", q="?")[0].content == "Be kind. Good night."


def test_an_include_may_name_a_version(desk: Desk) -> None:
    desk.versions(2, "tone")
    desk.write("prompts/p.md", "{% include 'tone@1' %} {{ q }}")
    desk.register()
    assert desk.registry.prompt(desk.resolve("prompt/p@latest").ref).render(q="?")[0].content == "Say 1. ?"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"p": "{% include 'anwser' %}", "answer": "x"}, "there is no prompt called 'anwser'\nDid you mean 'answer'?"),
        ({"p": "Hi\n{% include 'q' %}", "q": "{% include 'p' %}"}, "includes go in a circle: p -> q -> p"),
        ({"p": "{% include 'p' %}"}, "includes go in a circle: p -> p"),
        (
            {"p": "x\n{% include 'q' %}", "q": "system:\nHi"},
            "prompts/p.md:2: 'q' cannot be included: it opens messages of its own",
        ),
        (
            {"p": "---\ninputs: {a: string}\n---\n{{ a }}\n{% include 'q' %}", "q": "{{ b }}"},
            "prompts/p.md:5: 'b' is used here",
        ),
        ({"p": "{% include 'q@' %}"}, "'' is no selector"),
    ],
)
def test_includes_that_do_not_work(desk: Desk, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        desk.write(f"prompts/{name}.md", text)
    assert said in desk.complaint()
