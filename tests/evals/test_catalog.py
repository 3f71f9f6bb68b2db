"""Every scorer of the catalog: it resolves, it explains itself, and a page of docs/scorers has a section on it."""

import inspect
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.suite import ScorerSpec
from llmops.evals.catalog import SCORERS
from llmops.evals.loading import Services, load_scorers
from llmops.evals.scorers.definition import Definition
from llmops.text.yaml import parse_yaml
from tests.support.hand_embedder import HandEmbedder
from tests.support.judges import SilentJudge

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted((DOCS / "scorers").glob("*.md"))
EXPECTED = {name for name in SCORERS if SCORERS.get(name).__module__.startswith("llmops.")}


def scorer_class(name: str) -> type[Definition]:
    found = SCORERS.get(name)
    assert isinstance(found, type)
    assert issubclass(found, Definition)
    return found


def section(name: str) -> str:
    """The text below `### name` on the one page that has it."""
    below = re.compile(rf"^### {name}\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
    found = [match[1] for page in PAGES if (match := below.search(page.read_text(encoding="utf-8")))]
    assert len(found) == 1, f"{len(found)} pages of docs/scorers have a section ### {name}"
    return found[0]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_scorer_knows_its_name_and_explains_itself(name: str) -> None:
    found = scorer_class(name)
    assert found.name == name
    assert is_dataclass(found)
    text = inspect.getdoc(found) or ""
    for part in ("Definition:", "Range:", "better.", "Empty input:", "Source:"):
        assert part in text
    assert ("Judge calls:" in text) == hasattr(found, "judge_calls")
    for field in fields(found):
        assert SERVICE in field.metadata or f"`{field.name}" in text


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_page_describes_the_scorer(name: str) -> None:
    text = section(name)
    for part in ("**Definition.**", "**Range.**", "**Empty input.**", "**Source.**", "```yaml"):
        assert part in text
    for field in fields(scorer_class(name)):
        assert SERVICE in field.metadata or f"`{field.name}" in text
    if hasattr(scorer_class(name), "judge_calls"):
        assert "**Judge calls.**" in text
    better = "lower is better" if scorer_class(name).direction == "lower" else "higher is better"
    assert better in text


def test_the_pages_describe_nothing_that_is_not_there() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert sorted(re.findall(r"^### ([a-z_0-9]+)$", text, re.MULTILINE)) == sorted(EXPECTED)


def test_the_list_of_the_overview_is_complete_and_leads_to_the_right_page() -> None:
    overview = (DOCS / "scorers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[\w+\]\(scorers/(\w+\.md)\).*?\| (.*) \|$", overview, re.MULTILINE)
    listed = {name: page for page, names in rows for name in re.findall(r"`(\w+)`", names)}
    there = {
        name: page.name
        for page in PAGES
        for name in re.findall(r"^### ([a-z_0-9]+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert listed == there


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_example_of_the_page_loads(name: str, tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(.*?)```", section(name), re.DOTALL)
    assert block
    specs = [as_spec(entry) for entry in parse_yaml(block[1], "docs/scorers").data["scorers"]]
    loaded = load_scorers(specs, Services(embedder=lambda: HandEmbedder({}), root=tmp_path, judge=SilentJudge))
    assert name in [spec.scorer for spec in specs]
    assert len(loaded) == len(specs)


def as_spec(entry: Json) -> ScorerSpec:
    """An entry of `scorers` as a suite writes it."""
    name, arguments = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    label, low, high = (arguments.pop(key, None) for key in ("name", "min", "max"))
    return ScorerSpec(scorer=name, label=label or name, arguments=arguments, min=low, max=high)
