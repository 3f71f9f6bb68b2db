"""Arguments from YAML against the fields of a dataclass."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from llmops.core.arguments import SERVICE, Written, services_of
from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json


@dataclass(frozen=True)
class Ruler:
    """Takes one argument that must be there, two that may, and a service."""

    text: str
    marks: tuple[int, ...] = ()
    unit: Literal["cm", "inch"] = "cm"
    shop: str = field(default="", kw_only=True, metadata={SERVICE: True})

    def __post_init__(self) -> None:
        if self.text == "broken":
            raise InputError("it is broken", hint="Buy one.")
        if self.text == "golden":
            raise ExtraMissing("gold", "gold", needed_for="a golden ruler")


def written(**arguments: Json) -> Written:
    return Written("tool", "ruler", arguments, "docs/tools.md")


def test_arguments_get_the_types_of_their_fields() -> None:
    made = written(text="x", marks=[1, 2], unit="inch").build(Ruler, {"shop": "corner", "other": "nobody's"})
    assert made == Ruler("x", (1, 2), "inch", shop="corner")
    assert services_of(Ruler) == ["shop"]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({}, "tool 'ruler' needs the argument 'text'", "ruler: {text: …}"),
        ({"text": "x", "mark": []}, "tool 'ruler' takes no argument 'mark'", "Did you mean 'marks'?"),
        ({"text": "x", "shop": "mine"}, "tool 'ruler' takes no argument 'shop'", "Known: "),
        ({"text": "x", "name": "my ruler"}, "tool 'ruler' takes no argument 'name'", "Known: "),
        ({"text": 7}, "tool 'ruler': text is 7; it should be a valid string", "See docs/tools.md for ruler."),
        ({"text": "x", "marks": ["1"]}, r"marks is \['1'\]; it should be a valid integer", "See docs/tools.md"),
        ({"text": "x", "unit": "mile"}, "unit is 'mile'; it should be 'cm' or 'inch'", "See docs/tools.md"),
        ({"text": "broken"}, "tool 'ruler': it is broken", "Buy one."),
    ],
)
def test_what_does_not_fit_is_named_with_what_does(arguments: dict[str, Json], message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        written(**arguments).build(Ruler, {"shop": ""})
    assert caught.value.hint.startswith(hint)


def test_keys_of_the_file_itself_are_among_those_that_are_known() -> None:
    with pytest.raises(InputError, match="takes no argument 'nam'") as caught:
        written(text="x", nam="my ruler").arguments_for(Ruler, also=("name",))
    assert "name" in caught.value.hint


def test_a_missing_library_is_told_as_such() -> None:
    with pytest.raises(ExtraMissing, match="a golden ruler needs gold"):
        written(text="golden").build(Ruler, {"shop": ""})
