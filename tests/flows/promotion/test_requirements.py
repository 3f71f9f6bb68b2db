"""What a version needs before an alias may hold it."""

from pathlib import Path

import llmops
from llmops.flows.promotion.requirements import check, counted_approvals, layout
from tests.support.promotions import ADA, BOB, EVE, NOW, Stage
from tests.support.workspaces import llmops as typed


def test_without_rules_nothing_is_asked_for(stage: Stage) -> None:
    assert stage.check(stage.app()) == {}


def test_the_version_must_be_held_by_the_alias_it_comes_from(stage: Stage) -> None:
    stage.rule(**{"from": "staging"})
    first, second = stage.app(1), stage.app(2)
    found = stage.check(second)["from staging"]
    assert found.state == "not met"
    assert found.detail == "nothing holds app/docs@staging, and production takes only what staging holds"
    stage.hold(first, "staging")
    found = stage.check(second)["from staging"]
    assert found.detail == "staging holds version 1, and production takes only what staging holds"
    assert found.command == "llmops promote app/docs@2 --to staging"
    stage.hold(second, "staging")
    assert stage.check(second)["from staging"].detail == "staging holds version 2"
    assert stage.check(second)["from staging"].is_met


def test_the_most_specific_rule_wins_key_by_key(stage: Stage) -> None:
    stage.rule(approvals=2, require=["docs"])
    stage.rule(pattern="app/*", approvals=1)
    stage.rule(pattern="app/docs", require=[])
    found = stage.check(stage.app())
    assert list(found) == ["approvals"]
    assert found["approvals"].detail.startswith("0 of 1")
    assert list(stage.check(stage.prompt())) == ["suite docs", "approvals"]


def test_approvals_by_others_than_the_author_count(stage: Stage) -> None:
    stage.rule(approvals=2)
    app = stage.app()
    found = stage.check(app)["approvals"]
    assert (found.state, found.detail) == ("not met", "0 of 2; not by its author, ada@example.com")
    assert found.command == "llmops approve app/docs@1 --for production"
    for actor in (ADA, BOB, BOB):
        stage.store.aliases.approve(app, "production", actor=actor, reason="", now=NOW)
    assert [move.actor for move in counted_approvals(stage.services, app, "production")] == [BOB]
    assert stage.check(app)["approvals"].detail == "1 of 2: bob@example.com; not by its author, ada@example.com"
    stage.store.aliases.approve(app, "production", actor=EVE, reason="", now=NOW)
    assert stage.check(app)["approvals"].is_met


def test_an_approval_is_for_one_version_and_one_alias(stage: Stage) -> None:
    stage.rule(approvals=1)
    first, second = stage.app(1), stage.app(2)
    stage.store.aliases.approve(first, "production", actor=BOB, reason="", now=NOW)
    stage.store.aliases.approve(second, "staging", actor=BOB, reason="", now=NOW)
    assert stage.check(first)["approvals"].is_met
    assert not stage.check(second)["approvals"].is_met


def test_an_unknown_author_is_said_to_be_unknown(stage: Stage) -> None:
    stage.rule(approvals=1)
    assert stage.check(stage.app(author=""))["approvals"].detail == "0 of 1; its author is not known"


def test_the_index_of_an_app_must_be_ready(workspace: Path) -> None:
    assert typed("register").code == 0
    with llmops.open(workspace) as ws:
        app = ws.store.versions.latest("app", "docs")
        assert app is not None
        [found] = check(ws.services, app, "production", NOW)
        assert (found.name, found.state) == ("index docs", "not met")
        assert found.detail == "it has not been built for this configuration"
        assert found.command == "llmops index sync docs@1"
        assert typed(*found.command.split()[1:]).code == 0
        [found] = check(ws.services, app, "production", NOW)
        assert found.is_met
        assert found.detail.startswith("generation ")


def test_vectors_that_are_gone_make_an_index_unready(ready: Path) -> None:
    import shutil

    shutil.rmtree(ready / ".llmops" / "vectors")
    with llmops.open(ready) as ws:
        app = ws.store.versions.latest("app", "docs")
        assert app is not None
        [found] = check(ws.services, app, "production", NOW)
        assert (found.state, found.detail) == ("not met", "the folder of vectors is gone")


def test_the_table_says_what_to_type_only_where_something_is_not_met(stage: Stage) -> None:
    stage.rule(approvals=1, **{"from": "staging"})
    app = stage.app()
    stage.hold(app, "staging")
    assert layout(list(stage.check(app).values())) == [
        "requirement   state    because                                     type",
        "from staging  met      staging holds version 1",
        "approvals     not met  0 of 1; not by its author, ada@example.com  llmops approve app/docs@1 --for production",
    ]
