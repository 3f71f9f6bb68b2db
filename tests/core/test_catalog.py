"""Named factories: built-ins, decorator, entry points."""

from importlib.metadata import EntryPoint

import pytest

from llmops.core.catalog import Catalog, load
from llmops.core.errors import InputError, NotFound


def make() -> Catalog[object]:
    return Catalog("scorer", "llmops.test_group", {"dumps": "json:dumps"})


def test_a_builtin_resolves_on_first_use() -> None:
    import json

    assert make().get("dumps") is json.dumps


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(NotFound, match="no scorer called 'dmps'") as raised:
        make().get("dmps")
    assert raised.value.hint == "Did you mean 'dumps'?"


def test_the_decorator_adds_and_refuses_a_taken_name() -> None:
    catalog = make()

    @catalog.register("mine")
    def mine() -> int:
        return 1

    assert catalog.get("mine") is mine
    assert list(catalog) == ["dumps", "mine"]
    with pytest.raises(InputError, match="already a scorer called 'mine'"):
        catalog.register("mine")(mine)


def test_a_broken_entry_point_is_a_warning_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("broken", "no_such_package:thing", "llmops.test_group")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry])
    catalog = make()
    assert "broken" in catalog
    with (
        pytest.warns(UserWarning, match="'broken' of llmops.test_group"),
        pytest.raises(NotFound, match="could not be loaded"),
    ):
        catalog.get("broken")


def test_load_follows_attributes() -> None:
    assert load("json:JSONDecoder.decode") is not None
