"""Conversions to look at: their remarks as text, and their prompts rendered by the real registry."""

from textwrap import dedent

from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.placing import place
from tests.support.registries import Desk


def told(conversion: Conversion) -> list[str]:
    """All remarks."""
    return [str(remark) for remark in conversion.remarks]


def text_of(conversion: Conversion, path: str) -> str:
    """The text of a new file."""
    return next(file.text for file in conversion.files if file.path == path)


def settle(desk: Desk, conversion: Conversion) -> None:
    """Write the files and register them, which must work as it stands."""
    _, remarks = place(desk.registry, conversion)
    assert not [remark for remark in remarks if "register would say" in remark.text], remarks
    desk.register()


def render(desk: Desk, name: str, /, **values: Json) -> list[tuple[str, str]]:
    """The messages of a prompt."""
    prompt = desk.registry.prompt(parse_ref(name, "prompt"))
    return [(message.role, message.content) for message in prompt.render(**values)]


def lines(text: str) -> str:
    """A text without the indentation of the test around it."""
    return dedent(text).lstrip("\n")
