"""Suites: gates and targets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.suite import GateSpec, SplitSpec, TargetSpec


@pytest.mark.parametrize(
    "gate",
    [
        {"scorer": "contains", "min": 0.9},
        {"scorer": "latency", "max": 2},
        {"scorer": "contains", "no_worse_than": "production", "margin": 0.02},
        {"latency_p95": 2.0},
        {"cost_per_case": 0},
        {"error_rate": 0.02},
    ],
)
def test_gates_have_one_form(gate: dict[str, Json]) -> None:
    assert GateSpec.model_validate(gate).model_dump(exclude_none=True) == gate


@pytest.mark.parametrize(
    "gate",
    [
        {"scorer": "contains"},
        {"scorer": "contains", "min": 0.9, "max": 1},
        {"min": 0.9},
        {"latency_p95": 2.0, "error_rate": 0.1},
        {"scorer": "contains", "min": 0.9, "latency_p95": 2},
        {"scorer": "contains", "min": 0.9, "margin": 0.1},
    ],
)
def test_a_gate_of_two_forms_or_none_is_refused(gate: dict[str, Json]) -> None:
    with pytest.raises(ValidationError, match=r"a gate is|a scorer gate takes|margin goes with"):
        GateSpec.model_validate(gate)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"app": "a", "prompt": "b"}, "a target is exactly one of app, prompt, .*; here it is app and prompt"),
        ({"parameters": {"k": 1}}, "here it is none of them"),
        ({"model": "churn", "python": "serve:predict", "rag": "docs"}, "here it is rag and python and model"),
        ({"rag": "docs", "model": "openai/x"}, "model goes with a target of app or prompt, not of rag"),
        (
            {"app": "docs", "parameters": {"k": 1}},
            "parameters goes with a target of prompt or python or model, not of app",
        ),
        ({"app": "docs", "deterministic": True}, "version and deterministic are said of a python function or"),
    ],
)
def test_a_target_is_of_one_kind(written: dict[str, Json], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TargetSpec.model_validate(written)


def test_several_names_or_models_make_a_matrix() -> None:
    matrix = TargetSpec.model_validate({"prompt": ["a", "b@3"], "model": "openai/x"})
    assert (matrix.is_matrix, matrix.names, matrix.models, matrix.named) == (True, ("a", "b@3"), ("openai/x",), "a")
    assert TargetSpec.model_validate({"app": "a", "model": ["x", "y"]}).is_matrix
    assert not TargetSpec.model_validate({"app": ["a"]}).is_matrix
    with pytest.raises(ValidationError, match="'a' stands in the target twice"):
        TargetSpec.model_validate({"app": ["a", "a"]})
    with pytest.raises(ValidationError, match="at least 1 item"):
        TargetSpec.model_validate({"app": []})


def test_a_target_knows_its_kind_and_name() -> None:
    target = TargetSpec(python="shop:answer", deterministic=False)
    assert (target.kind, target.named) == ("python", "shop:answer")


def test_a_model_of_the_registry_is_a_target_by_itself_or_served_by_a_function() -> None:
    for written in ({"model": "churn"}, {"model": "churn", "python": "serve:predict", "parameters": {"k": 1}}):
        target = TargetSpec.model_validate(written)
        assert (target.kind, target.names, target.models, target.is_matrix) == ("model", ("churn",), (), False)
    assert TargetSpec.model_validate({"model": ["churn@1", "churn@2"]}).is_matrix
    assert TargetSpec(app="docs", model="openai/x").kind == "app"


def test_a_split_is_a_name_or_a_share() -> None:
    assert SplitSpec.model_validate("test") == SplitSpec(name="test")
    for wrong in ({}, {"name": "test", "share": 0.2}, {"share": 0.6, "after": 0.5}, {"share": 0}):
        with pytest.raises(ValidationError, match=r"split|share|after"):
            SplitSpec.model_validate(wrong)


@given(
    share=st.floats(0.01, 0.99).map(lambda share: round(share, 12)),
    clusters=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=30, unique=True),
    seed=st.integers(0, 99),
)
@settings(max_examples=80, deadline=None)
def test_two_shares_that_make_one_hold_each_cluster_once(share: float, clusters: list[str], seed: int) -> None:
    first, second = SplitSpec(share=share, seed=seed), SplitSpec(share=1 - share, after=round(share, 12), seed=seed)
    assert all(first.holds(cluster, {}) != second.holds(cluster, {}) for cluster in clusters)


def test_a_share_is_about_that_many_and_cases_of_a_cluster_stay_together() -> None:
    split = SplitSpec(share=0.2, seed=7)
    assert 1900 < sum(split.holds(str(i), {}) for i in range(10_000)) < 2100
    assert split.holds("a cluster", {"topic": "x"}) == split.holds("a cluster", {"topic": "y"})
