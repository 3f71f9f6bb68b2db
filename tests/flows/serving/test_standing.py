"""What a ref stands for."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound, StoreError
from llmops.core.names import parse_ref
from llmops.flows.serving.standing import find_standing
from tests.support.served import plain as plain
from tests.support.served import try_out


def test_an_alias_stands_for_a_version_and_the_one_it_tries_out(plain: Path) -> None:
    ref = parse_ref("app/plain@production")
    with llmops.open(plain) as ws:
        alone = find_standing(ws.registry, ref, {})
        assert (alone.bundle.main.number, alone.trial, alone.is_working) == (1, None, False)
        try_out(ws, 2, 0.25, "canary")
        both = find_standing(ws.registry, ref, alone.bundles)
        assert both.trial is not None
        assert (both.bundle, both.trial.candidate.weight, both.trial.bundle.main.number) == (alone.bundle, 0.25, 2)
        assert len(both.bundles) == 2


def test_a_known_version_is_not_read_again(plain: Path) -> None:
    ref = parse_ref("app/plain@production")
    with llmops.open(plain) as ws:
        known = find_standing(ws.registry, ref, {}).bundles
        with ws.store.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE versions SET content = '{}'")
        assert find_standing(ws.registry, ref, known).bundles == known


def test_without_an_alias_it_is_what_the_registry_says(plain: Path) -> None:
    with llmops.open(plain) as ws:
        assert find_standing(ws.registry, parse_ref("app/plain"), {}).is_working
        assert find_standing(ws.registry, parse_ref("app/plain@2"), {}).bundle.main.number == 2
        with pytest.raises(NotFound, match="has no alias 'producton'"):
            find_standing(ws.registry, parse_ref("app/plain@producton"), {})


def test_a_content_that_was_changed_in_the_store_is_never_served(plain: Path) -> None:
    with llmops.open(plain) as ws:
        with ws.store.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE versions SET content = replace(content, 'Tone 1', 'Tone 7')")
        with pytest.raises(StoreError, match="prompt/tone@1 is damaged"):
            find_standing(ws.registry, parse_ref("app/plain@production"), {})
