"""Files before anybody knows what they mean, and contents as they are stored."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.domain.artifact import AppSpec, InputSpec, Pin, PromptSpec
from llmops.domain.noun import content_of
from llmops.registry.reading import read_source
from tests.support.registries import Desk


def test_front_matter_and_body_keep_their_lines(desk: Desk) -> None:
    source = read_source(desk.write("prompts/a.md", "---\ndescription: x\n---\n\nbody\n"), "a.md")
    assert (source.document.data, source.body, source.body_line) == ({"description": "x"}, "\nbody\n", 4)
    assert source.document.line(("description",)) == 2


@pytest.mark.parametrize("text", ["just a body\n--- not a fence\n", "", "\n---\nnot front matter\n---\n"])
def test_a_file_without_front_matter_is_all_body(desk: Desk, text: str) -> None:
    source = read_source(desk.write("prompts/a.md", text), "a.md")
    assert (source.document.data, source.body, source.body_line) == ({}, text, 1)


def test_empty_front_matter(desk: Desk) -> None:
    source = read_source(desk.write("prompts/a.md", "---\n---\nbody"), "a.md")
    assert (source.document.data, source.body, source.body_line) == ({}, "body", 3)


def test_front_matter_without_end(desk: Desk) -> None:
    with pytest.raises(InvalidFile, match=r"a\.md:1: the front matter has no end"):
        read_source(desk.write("prompts/a.md", "---\ndescription: x\n"), "a.md")


def test_an_error_in_front_matter_has_the_line_of_the_file(desk: Desk) -> None:
    with pytest.raises(InvalidFile, match=r"a\.md:3: the key 'description' stands here a second time"):
        read_source(desk.write("prompts/a.md", "---\ndescription: x\ndescription: y\n---\n"), "a.md")


def test_content_says_what_is_set_and_spells_out_defaults_that_mean_something() -> None:
    spec = PromptSpec(body="hi", inputs={"q": InputSpec(type="string")}, output={"const": None, "enum": []})
    assert content_of(spec) == {
        "body": "hi",
        "inputs": {"q": {"type": "string", "optional": False}},
        "output": {"const": None, "enum": []},
    }
    app = AppSpec(prompt=Pin(name="a", digest="d"), model="m", parameters={"stop": None})
    assert content_of(app) == {"prompt": {"name": "a", "digest": "d"}, "model": "m", "parameters": {"stop": None}}
    assert AppSpec.model_validate(content_of(app)) == app
