"""The prompts of this package: they read, they fit strict output schemas, and the workspace's own go before them."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound
from llmops.core.names import Ref, parse_ref
from llmops.registry.packaged import find_packaged, packaged_names, packaged_prompt


def test_every_prompt_reads_and_delimits_what_it_shows() -> None:
    assert {"judge/faithfulness", "retrieval/rewrite"} <= set(packaged_names())
    for name in packaged_names():
        found = packaged_prompt(name)
        assert found is not None
        assert found.is_sound
        content = found.content
        assert name == "retrieval/rewrite" or content["output"]["additionalProperties"] is False
        assert "{{ boundary }}" in content["body"]
        for given in content["inputs"]:
            assert given in content["body"], f"{name} never shows {given}"


def test_a_ref_means_a_packaged_prompt_without_a_selector_or_with_its_digest() -> None:
    found = packaged_prompt("judge/faithfulness")
    assert found is not None
    for text in ("judge/faithfulness", "judge/faithfulness@latest", f"judge/faithfulness@{found.digest}"):
        assert find_packaged(parse_ref(text, "prompt")) is found
    for text in ("judge/faithfulness@1", "judge/faithfulness@production", "judge/nothing"):
        assert find_packaged(parse_ref(text, "prompt")) is None
    assert find_packaged(Ref("app", "judge/faithfulness")) is None
    assert packaged_prompt("../judge/faithfulness") is None


def test_the_workspace_goes_first(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("")
    with llmops.open(tmp_path) as workspace:
        registry = workspace.registry
        ref = Ref("prompt", "judge/faithfulness")
        assert registry.resolve(ref).number is None
        rendered = registry.prompt(ref).render(statements=["The sky is green."], contexts=["The sky is blue."])
        assert "1. The sky is green." in rendered[1].content
        own = tmp_path / "prompts" / "judge" / "faithfulness.md"
        own.parent.mkdir(parents=True)
        own.write_text("Are {{ statements }} in {{ contexts }}?\n")
        assert registry.resolve(ref).content["body"].startswith("Are ")
        assert registry.resolve(Ref("prompt", "judge/faithfulness", "latest")).content["body"].startswith("system:")
        workspace.register()
        assert workspace.registry.resolve(Ref("prompt", "judge/faithfulness", "latest")).number == 1
        with pytest.raises(NotFound, match="judge/faithfulness has no version 7"):
            workspace.registry.resolve(Ref("prompt", "judge/faithfulness", "7"))
