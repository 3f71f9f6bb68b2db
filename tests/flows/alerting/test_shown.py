"""What is shown of an alert."""

from llmops.domain.alert import Change, Example
from llmops.flows.alerting.shown import layout, shown
from llmops.storage.store import Store
from tests.support.alerts import an_alert, drifting
from tests.support.interactions import BEGAN, interaction


def test_an_alert_shows_evidence_changes_examples_and_commands(sqlite_store: Store) -> None:
    sqlite_store.interactions.add([interaction(1)])
    alert = an_alert(
        ref="app/docs@production",
        move=3,
        streams=(drifting(reference=0.5, current=0.9, note="hours repeat"), drifting("length", drifting=False)),
        changes=(Change(kind="alias", what="app/docs@production moved to version 2", at=BEGAN, share=0.8),),
        examples=tuple(Example(interaction=f"reply-{n}", kind="most shifted", value=4.0) for n in (1, 2)),
        findings=("the traffic is the same",),
    )
    found = shown(sqlite_store, alert)
    lines = list(layout(found))
    assert lines[0] == "alr-1  open  docs: latency, length drifted after app/docs@production moved"
    evidence = "  latency: statistic 1.5e+05 against 1e+05 after 900 observations; mean now 0.9, before 0.5"
    assert evidence in lines
    assert "    hours repeat" in lines
    assert "  2026-03-01 12:00  app/docs@production moved to version 2; explains 80% of the shift" in lines
    assert "  reply-1 (4): How long does parcel 1 take?" in lines
    assert "    → Three days [1]." in lines
    assert "  reply-2 (4): deleted from the log" in lines
    assert lines[-4].startswith("  llmops rollback app/docs@production")
    told = found.as_json()
    assert [example["answer"] for example in told["examples"]] == ["Three days [1].", None]


def test_without_a_change_on_record_it_says_so(sqlite_store: Store) -> None:
    lines = list(layout(shown(sqlite_store, an_alert())))
    assert "  nothing that is on record" in lines
    assert not [line for line in lines if line.startswith("Examples")]
