"""The tables [aliases…] of llmops.toml."""

from pathlib import Path

import pytest

from llmops.core.alias_rules import AliasRule, check_pattern
from llmops.core.errors import InvalidFile
from llmops.core.settings import load_settings

GOOD = """\
[aliases.production]
max_age = "14d"

[aliases.production."app/docs"]
from = "staging"
require = ["docs"]
approvals = 1

[aliases.production."prompt/support/*"]
approvals = 0
"""


def test_rules_by_alias_and_pattern(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text(GOOD)
    settings = load_settings(tmp_path, {})
    assert settings.aliases == {
        "production": {
            "": AliasRule(max_age="14d"),
            "app/docs": AliasRule.model_validate({"from": "staging", "require": ("docs",), "approvals": 1}),
            "prompt/support/*": AliasRule(approvals=0),
        }
    }
    assert [(one.key, one.value, one.source) for one in settings if one.key.startswith("aliases.")] == [
        ("aliases.production.max_age", "14d", "llmops.toml"),
        ("aliases.production.app/docs.from", "staging", "llmops.toml"),
        ("aliases.production.app/docs.require", ("docs",), "llmops.toml"),
        ("aliases.production.app/docs.approvals", 1, "llmops.toml"),
        ("aliases.production.prompt/support/*.approvals", 0, "llmops.toml"),
    ]


def test_no_table_is_not_the_same_as_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("")
    assert load_settings(tmp_path, {}).aliases is None
    (tmp_path / "llmops.toml").write_text("[aliases]\n")
    assert load_settings(tmp_path, {}).aliases == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[aliases.p]\nfrm = "s"\n', r"toml:2: unknown key 'aliases\.p\.frm'\nDid you mean 'from'"),
        ('[store]\n[aliases.p."app/a"]\nrequires = []\n', r"toml:3: unknown key 'aliases\.p\.app/a\.requires'"),
        ('[aliases.p."apps/a"]\n', r"toml:1: aliases\.p\.apps/a: 'apps' is no kind of artifact; Did you mean 'app'"),
        ('[aliases.p."app/a b"]\n', r"aliases\.p\.app/a b: 'a b': 'a b' is no name"),
        ('[aliases.p]\nmetrics = [{metric = "auc"}]\n', r"toml:2: aliases\.p\.metrics: 'auc' has neither min nor max"),
        (
            '[aliases.p]\nfrom = "s"\nmetrics = [{metric = "auc", mim = 1}]\n',
            r"toml:3: unknown key 'aliases\.p\.metrics\.mim'\nDid you mean 'min'",
        ),
        ('[aliases.p]\nmetrics = [{metric = "a", min = 2, max = 1}]\n', r"no 'a' is at least 2 and at most 1"),
        ('[aliases.p]\nmetrics = [{metric = "a", min = nan}]\n', r"metrics\.min: Input should be a finite number"),
        ('[aliases.p]\nmax_age = "14"\n', r"toml:2: aliases\.p\.max_age: '14' is no duration"),
        ("[aliases.p]\napprovals = -1\n", r"toml:2: aliases\.p\.approvals: .*greater than or equal to 0, not -1"),
        ("[aliases.p]\napprovals = true\n", r"toml:2: aliases\.p\.approvals: .*valid integer, not True"),
        ('[aliases.p]\nrequire = "docs"\n', r"toml:2: aliases\.p\.require: Input should be a valid list, not 'docs'"),
        ('[aliases.p]\nrequire = ["a b"]\n', r"toml:2: aliases\.p\.require: 'a b': 'a b' is no name"),
        ('[aliases.p]\nfrom = "latest"\n', r"toml:2: aliases\.p\.from: 'latest' cannot be an alias"),
        ("[aliases.latest]\n", r"toml:1: aliases\.latest: 'latest' cannot be an alias"),
        ("aliases = 3\n", r"toml:1: aliases: Input should be a valid dictionary, not 3"),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "llmops.toml").write_text(text)
    with pytest.raises(InvalidFile, match=said):
        load_settings(tmp_path, {})


@pytest.mark.parametrize("pattern", ["", "app/*", "app/docs", "prompt/support/answer", "prompt/support/*"])
def test_patterns(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["app", "app/", "*/docs", "app/d*", "app/**"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is no (kind|name)"):
        check_pattern(pattern)
