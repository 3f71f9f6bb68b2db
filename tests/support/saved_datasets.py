"""Folders as the library `datasets` writes them with `save_to_disk`: Arrow streams, their list, and the features."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from llmops.core.hashing import Json


def save_dataset(
    folder: Path, shards: Sequence[Sequence[Mapping[str, Json]]], *, features: Mapping[str, Json] | None = None
) -> Path:
    """Write the rows of each shard to a file of its own."""
    folder.mkdir(parents=True)
    names = [f"data-{i:05d}-of-{len(shards):05d}.arrow" for i in range(len(shards))]
    for name, rows in zip(names, shards, strict=True):
        table = pa.Table.from_pylist(list(rows))
        with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0", "_split": "train"}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features or {}}))
    return folder
