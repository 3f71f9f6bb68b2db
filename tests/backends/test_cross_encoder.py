"""A cross-encoder, tried with a model of two layers that is made here."""

from pathlib import Path

import pytest

from llmops.backends.catalogs import open_reranker
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, ModelError, NotFound
from llmops.core.settings import load_settings


def score(root: Path, model: str) -> list[float]:
    reranker = open_reranker("cross_encoder", model, load_settings(root, {}), root=root, arguments={})
    scores, usage = run_sync(reranker.rerank("wind", ["wind and rain", "a gale"]))
    assert usage.cost == 0.0
    return scores


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    with pytest.raises(InputError, match="rerank names no model"):
        open_reranker("cross_encoder", "", settings, root=tmp_path, arguments={})
    with pytest.raises(InputError, match="a cross-encoder takes no argument 'top'"):
        open_reranker("cross_encoder", "m", settings, root=tmp_path, arguments={"top": 3})
    with pytest.raises(NotFound, match="there is no reranker called 'cross_encoders'") as caught:
        open_reranker("cross_encoders", "m", settings, root=tmp_path, arguments={})
    assert "cross_encoder" in caught.value.hint


@pytest.mark.slow
def test_it_scores_pairs_with_a_model_of_the_workspace(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "wind", "and", "rain", "a", "gale"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    for name, labels in (("one", 1), ("two", 2)):
        config = BertConfig(
            vocab_size=len(words), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8,
            num_labels=labels,
        )  # fmt: skip
        BertForSequenceClassification(config).save_pretrained(tmp_path / "models" / name)
        BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "models" / name)
    scores = score(tmp_path, "models/one")
    assert len(scores) == 2
    assert all(0 <= value <= 1 for value in scores)
    assert score(tmp_path, "models/one") == scores
    with pytest.raises(ModelError, match=r"gives \(2,\) values for a text, not one score"):
        score(tmp_path, "models/two")
    with pytest.raises(ModelError, match="the cross-encoder models/three cannot be loaded") as caught:
        score(tmp_path, "models/three")
    assert "safetensors" in caught.value.hint
