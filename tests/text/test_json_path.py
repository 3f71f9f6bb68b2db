"""Paths into JSON: what they mean, and what is none."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.text.json_path import find_all, parse_path

ORDER: Json = {"items": [{"price": 1, "a name": "x"}, {"price": 2}], "paid": True, "it's": 0}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [ORDER]),
        ("$.paid", [True]),
        ("$.items[0].price", [1]),
        ("$.items[-1].price", [2]),
        ("$.items[*].price", [1, 2]),
        ("$.items.*.price", [1, 2]),
        ("$['items'][0]['a name']", ["x"]),
        ('$["paid"]', [True]),
        (r"$['it\'s']", [0]),
        ("$.nothing.there", []),
        ("$.items[7]", []),
        ("$.paid[0]", []),
        ("$.items.price", []),
    ],
)
def test_a_path_means_places(path: str, found: list[Json]) -> None:
    assert find_all(ORDER, parse_path(path)) == found


@pytest.mark.parametrize(
    ("path", "at"), [("items", 0), ("$items", 1), ("$.a[", 3), ("$.a[b]", 3), ("", 0), ("$..a", 1)]
)
def test_what_is_no_path_is_refused_at_its_place(path: str, at: int) -> None:
    with pytest.raises(InputError, match=f"cannot be read at character {at}") as caught:
        parse_path(path)
    assert caught.value.hint == "Write $ and .name, ['name'], [0] or [*] behind it: $.items[0].price"
