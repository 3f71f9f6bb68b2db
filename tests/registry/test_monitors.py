"""Monitors as artifacts: read with lines, versioned, diffed, exported and imported."""

import re
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.settings import load_settings
from llmops.domain.monitor import MonitorSpec
from llmops.flows.services import check_signal
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store
from tests.support.registries import NOW, Desk

MONITOR = """\
target: {app: docs}
signals: [length, refusal, judged: {scorer: faithfulness, sample: 0.1}, length: {name: question_length, of: input}]
segments: [metadata.lang]
reference: {alias: production, last: 14d}
false_alarms: {mean_run_length: 100000}
on_alert: [{notify: oncall}, {rollback: app/docs@production, within: 1h, false_action: 0.01}]
"""


def checking(desk: Desk) -> Registry:
    return Registry(desk.store, desk.root, load_settings(desk.root, {}), check_signal=check_signal)


def test_the_file_of_the_contract(desk: Desk) -> None:
    desk.write_all()
    desk.write("monitors/docs.yaml", MONITOR)
    assert "+monitor/docs@1" in desk.registered()
    assert "=monitor/docs@1" in desk.registered()
    spec = desk.resolve("monitor/docs@1").spec(MonitorSpec)
    assert [(one.signal, one.label, one.arguments) for one in spec.signals] == [
        ("length", "length", {}),
        ("refusal", "refusal", {}),
        ("judged", "judged", {"scorer": "faithfulness", "sample": 0.1}),
        ("length", "question_length", {"of": "input"}),
    ]
    assert (spec.target.app, spec.reference.alias, spec.false_action) == ("docs", "production", 0.01)
    desk.write("monitors/docs.yaml", MONITOR.replace("14d", "7d"))
    assert desk.registered("monitors") == ["+monitor/docs@2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("signals:", "signal:"), "monitors/docs.yaml:2: unknown key 'signal'\nDid you mean 'signals'?"),
        (
            ("refusal", "refusals"),
            "monitors/docs.yaml:2: there is no signal called 'refusals'\nDid you mean 'refusal'?",
        ),
        (("of: input", "off: input"), "takes no argument 'off'\nDid you mean 'of'?"),
        (("of: input", "of: both"), "of is 'both'; it should be 'output' or 'input'\nSee docs/signals.md for length."),
        (("refusal", "length"), "monitors/docs.yaml:2: two signals are called 'length'"),
        (("refusal", "7"), "a signal is a name, or one name with a map of arguments"),
        (("refusal", "a b:c"), "'a b:c' names no function"),
        (("metadata.lang", "lang"), "'lang' is no segment"),
        (("app: docs", "app: dogs"), "monitors/docs.yaml:1: there is no app called 'dogs'\nDid you mean 'docs'?"),
        (("last: 14d", "until: someday"), "monitors/docs.yaml:4: 'someday' is no time"),
        (("alias: production, last: 14d", "dataset: nope"), "there is no dataset called 'nope'"),
        (("last: 14d", "last: 14d, dataset: docs"), "a reference is a dataset, or a time (last, or since and until)"),
        (("alias: production, last: 14d}", "dataset: docs}\nblock: hour"), "block and season need times"),
        (("docs@production, within", "docs@3, within"), "'app/docs@3' names no alias\nWrite app/docs@production."),
    ],
)
def test_mistakes_name_line_and_remedy(desk: Desk, change: tuple[str, str], said: str) -> None:
    desk.write_all()
    desk.write("monitors/docs.yaml", MONITOR.replace(*change, 1))
    with pytest.raises(InvalidFile, match=re.escape(said)):
        checking(desk).register([Path("monitors/docs.yaml")], now=NOW)


def test_a_reference_pins_its_dataset_and_others_keep_their_digest(desk: Desk) -> None:
    desk.write_all()
    desk.write("monitors/docs.yaml", MONITOR)
    desk.register()
    before = desk.resolve("monitor/docs@1")
    assert before.content["reference"] == {"alias": "production", "last": "14d", "minimum": 200}
    desk.write("monitors/docs.yaml", MONITOR.replace("last: 14d", "dataset: docs"))
    desk.register()
    pinned = desk.resolve("monitor/docs@2").spec(MonitorSpec).reference
    assert pinned.dataset is not None
    assert (pinned.dataset.digest, pinned.last) == (desk.resolve("dataset/docs").digest, None)
    assert "dataset" in desk.resolve("monitor/docs@2").content["reference"]


def test_functions_are_named_and_imported_only_when_they_run(desk: Desk) -> None:
    desk.write_all()
    desk.write("monitors/docs.yaml", "target: {app: docs}\nsignals: [nowhere.signals:tone: {kind: bounded}]\n")
    done = checking(desk).register([Path("monitors/docs.yaml")], now=NOW)
    assert done[-1].version.content["signals"][0]["label"] == "tone"


def test_a_monitor_travels(desk: Desk, sqlite_store: Store) -> None:
    from llmops.core.names import parse_ref
    from llmops.registry.diff import diff

    desk.write_all()
    desk.write("monitors/docs.yaml", MONITOR)
    desk.register()
    desk.write("monitors/docs.yaml", MONITOR.replace("14d", "7d"))
    desk.register()
    before, after = (desk.resolve(f"monitor/docs@{n}") for n in (1, 2))
    assert "7d" in str(diff(before, after))
    assert [one.name for one in desk.registry.list_artifacts("monitors")] == ["docs"]
    desk.registry.delete(parse_ref("monitor/docs"))
    assert desk.registry.list_artifacts("monitor") == []
