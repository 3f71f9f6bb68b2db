"""The examples of the pages on files are valid files: each is written where the page says and registered."""

import re
from pathlib import Path

import pytest

from tests.support.registries import Desk

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["prompts.md", "apps.md", "datasets-and-suites.md"]


def examples(page: str) -> dict[str, str]:
    """The files that a page shows."""
    return dict(EXAMPLE.findall((DOCS / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES)
def test_the_files_of_a_page_register(desk: Desk, page: str) -> None:
    files = examples(page)
    assert len(files) > 3
    for name, text in files.items():
        desk.write(name, text)
    done = {
        desk.registry.files.shown(desk.registry.resolve_working(i.version.kind, i.version.name).path or Path())
        for i in desk.register()
    }
    assert done == set(files)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_yaml_or_markdown_is_such_a_file(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert len(re.findall(r"^```(?:yaml|markdown|json|csv)$", text, re.MULTILINE)) == len(examples(page))


def test_the_page_on_prompts_lists_what_the_sandbox_has() -> None:
    from llmops.text.filters import FILTERS, FUNCTIONS

    text = (DOCS / "prompts.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\w+", text.split("- Filters: ")[1].split("- Functions")[0]))
    assert listed == set(FILTERS) - {"count", "d", "e"}  # short names for length, default, escape
    assert set(re.findall(r"\w+", text.split("- Functions: ")[1].split("\n")[0])) == set(FUNCTIONS)


def test_the_page_on_prompts_says_the_limits() -> None:
    from llmops.text.budget import MAX_DEPTH, MAX_SECONDS, MAX_STEPS, MAX_TEXT
    from llmops.text.filters import MAX_RANGE

    text = " ".join((DOCS / "prompts.md").read_text(encoding="utf-8").split())
    for said in (
        f"{MAX_SECONDS:g} seconds",
        f"{MAX_STEPS:,} steps",
        f"{MAX_TEXT:,} characters",
        f"{MAX_DEPTH} levels",
        f"{MAX_RANGE:,}",
    ):
        assert said in text
