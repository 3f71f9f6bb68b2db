"""Splits: which cases a suite asks, and that none of them ever changes sides."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError
from llmops.core.names import parse_ref
from llmops.domain.suite import SuiteSpec
from llmops.flows.evaluation.splits import chosen_cases


def chosen(root: Path, split: str) -> list[str]:
    (root / "evals" / "part.yaml").write_text(
        f"target: {{app: docs}}\ndataset: evals/data/part.jsonl\nsplit: {split}\nscorers: [latency]\n"
    )
    with llmops.open(root) as ws:
        spec = ws.services.registry.resolve(parse_ref("suite/part")).spec(SuiteSpec)
        return [case.id for case in chosen_cases(ws.services, spec)]


@pytest.fixture
def shop(workspace: Path) -> Path:
    lines = [
        f'{{"id": "c{i}", "inputs": {{"question": "{i}?"}}, "metadata": {{"split": "{"test" if i % 4 == 0 else "dev"}"}}}}'
        for i in range(40)
    ]
    (workspace / "evals" / "data" / "part.jsonl").write_text("\n".join(lines) + "\n")
    return workspace


def test_a_name_takes_the_cases_that_bear_it(shop: Path) -> None:
    assert chosen(shop, "test") == [f"c{i}" for i in range(0, 40, 4)]


def test_shares_part_the_cases_and_later_ones_move_none(shop: Path) -> None:
    test, dev = chosen(shop, "{share: 0.3, seed: 7}"), chosen(shop, "{share: 0.7, after: 0.3, seed: 7}")
    assert sorted([*test, *dev]) == sorted(f"c{i}" for i in range(40))
    with (shop / "evals" / "data" / "part.jsonl").open("a") as file:
        file.writelines(f'{{"id": "new{i}", "inputs": {{"question": "?"}}}}\n' for i in range(20))
    assert [name for name in chosen(shop, "{share: 0.3, seed: 7}") if name.startswith("c")] == test
    assert chosen(shop, "{share: 0.3, seed: 8}") != chosen(shop, "{share: 0.3, seed: 7}")


def test_a_run_asks_the_cases_of_its_split(ready: Path) -> None:
    data = ready / "evals" / "data" / "part.jsonl"
    data.write_text("".join(f'{{"id": "c{i}", "inputs": {{"question": "gift card?"}}}}\n' for i in range(30)))
    names = chosen(ready, "{share: 0.2, seed: 1}")
    with llmops.open(ready) as ws:
        report = ws.eval("part")
        assert report.cases == len(names) < 30
        assert {result.case_id for result in ws.store.runs.results(report.run_id)} == set(names)


def test_an_empty_split_is_an_error_that_names_the_others(shop: Path) -> None:
    with pytest.raises(InputError, match="no case of dataset/part belongs to the split tset") as caught:
        chosen(shop, "tset")
    assert caught.value.hint == "Did you mean 'test'?"
    with pytest.raises(InputError, match=r"belongs to the split 0\.001 after 0\.5, seed 3") as caught:
        chosen(shop, "{share: 0.001, after: 0.5, seed: 3}")
    assert caught.value.hint == "It has 40 cases; take a larger share."
