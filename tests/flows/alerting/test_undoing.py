"""The rule of an automatic rollback, where it is not about an alert (the rest is tried in test_settle)."""

from datetime import timedelta
from functools import partial

from llmops.domain.alert import Alert
from llmops.flows.alerting.undoing import RollbackRule, undo, would_undo
from tests.support.alerts import MONITOR, an_alert, drifting
from tests.support.interactions import BEGAN
from tests.support.promotions import Stage

RULE = RollbackRule("app/docs@production", timedelta(hours=1), 0.01)
SURE = drifting(promise="pfa", statistic=1e3, threshold=100.0)


def _first(alert: Alert, known: list[Alert]) -> list[Alert]:
    return [] if known else [alert]


def test_a_rule_is_about_alerts_that_follow_its_alias(stage: Stage) -> None:
    for alert in (
        an_alert(streams=(SURE,)),
        an_alert(streams=(SURE,), ref="app/docs@staging", move=1),
        an_alert(streams=(SURE,), ref="app/docs@production", move=1, state="closed"),
        an_alert(ref="app/docs@production", move=1),
    ):
        assert would_undo(stage.services, alert, RULE, BEGAN) is None
        stage.store.alerts.settle("docs", BEGAN, partial(_first, alert))
        assert undo(stage.services, alert, RULE, actor=MONITOR, now=BEGAN, tell=print) is None


def test_a_move_that_is_not_in_the_history_is_said(stage: Stage) -> None:
    alert = an_alert(streams=(SURE,), ref="app/docs@production", move=9)
    found = would_undo(stage.services, alert, RULE, BEGAN)
    assert found is not None
    assert found.said == (
        "app/docs@production would not be rolled back: app/docs@production has no row 9 in the history"
    )
