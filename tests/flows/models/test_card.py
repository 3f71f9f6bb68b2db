"""Model cards: what is recorded, and nothing that nobody recorded."""

from pathlib import Path

import pytest

from llmops.core.errors import NotFound
from llmops.core.names import parse_ref
from llmops.domain.artifact import Actor
from llmops.domain.report import Report, ScoreSummary
from llmops.domain.run import Run
from llmops.flows.models.card import Card, gather_card
from llmops.flows.models.register import ModelParts, register_model
from llmops.flows.services import Services
from tests.support.models import NOW, trained
from tests.support.recording import make_recorder


def section(card: Card, title: str) -> list[tuple[str, ...]]:
    (found,) = [part for part in card.sections if part.title == title]
    return [tuple(row) for row in (found.pairs or found.rows)] or [(found.text,)]


def test_a_card_tells_where_a_model_came_from_and_where_it_went(services: Services) -> None:
    store, recorder = services.store, make_recorder(services.store)
    with recorder as run:
        run.log_params({"lr": 0.1})
        for step, loss in enumerate([0.9, 0.4, 0.5]):
            run.log_metric("loss", loss, step=step)
        run.log_text("weights", "model.bin")
    parts = ModelParts(["model.bin"], recorder.id, {"inputs": {"age": "int64"}}, [{"age": 31}], message="the first one")
    version = register_model(services, "churn", parts, NOW).version
    store.tags.set(version, "team", "growth")
    store.aliases.move(
        version, "production", actor=Actor(name="ada", source="test"), reason="go", now=NOW, expected=None
    )
    scores = (ScoreSummary(label="exact_match", identity="sha256:ab", n=40, clusters=40, mean=0.95),)
    report = Report(
        run_id="run-eval", suite="held-out", target="model/churn@1", started_at=NOW, seconds=1, refs={}, cases=40, clusters=40,
        repeats=1, errors=0, scores=scores,
    )  # fmt: skip
    store.runs.start(Run(id="run-eval", name="held-out", started_at=NOW, refs={"model": version.digest}))
    store.runs.finish("run-eval", "finished", report.model_dump(mode="json"), NOW)

    card = gather_card(services, parse_ref("churn@production", "model"))
    assert (card.ref, card.told, card.message) == ("model/churn@1", "held by production", "the first one")
    about = {row[0]: row[1] for row in section(card, "Version")}
    assert (about["digest"], about["tags"], about["run"]) == (version.digest, "team=growth", recorder.id)
    assert section(card, "Files")[0][:3] == ("model.bin", "plain", "7 B")
    assert section(card, "Signature") == [("input", "age", "int64")]
    assert '"age": 31' in section(card, "Example of the inputs")[0][0]
    assert section(card, "Parameters") == [("lr", "0.1")]
    assert section(card, "Metrics") == [("loss", "0.500", "2", "0.400", "0.900")]
    assert card.curves == {"loss": [(0, 0.9), (1, 0.4), (2, 0.5)]}
    (evaluated, *_) = section(card, "Evaluations")
    assert (*evaluated[:6], evaluated[-1]) == ("held-out", "exact_match", "0.950", "–", "40", "pass", "run-eval")
    assert section(card, "History")[0][1:7] == ("production", "move", "–", "1", "ada", "go")
    assert card.as_json()["sections"]["Parameters"] == [{"parameter": "lr", "value": "0.1"}]


def test_a_card_of_what_came_from_no_run(services: Services, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"weights")
    register_model(services, "churn", ModelParts([tmp_path / "weights.bin"]), NOW)
    card = gather_card(services, parse_ref("churn", "model"))
    assert {part.title for part in card.sections} <= {"Version", "Files", "Made with"}
    assert card.told == "held by no alias"
    assert not card.curves


def test_a_version_that_there_is_not(services: Services) -> None:
    trained(services)
    with pytest.raises(NotFound, match="model/churn has no version 7") as told:
        gather_card(services, parse_ref("churn@7", "model"))
    assert told.value.hint
