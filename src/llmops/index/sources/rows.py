"""Records of JSON lines, CSV, YAML and Parquet files, each a document: `rows: {files: faq/*.jsonl, id: id, text: answer}`.

All records are read by every sync, a few microseconds each; a `version` field spares the digest of their texts, no more.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json, canonical_json
from llmops.core.names import did_you_mean
from llmops.domain.corpus import SourceSpec
from llmops.domain.source_specs import RowsSpec
from llmops.index.sources.files import FileSource
from llmops.index.sources.spooled import SpooledSource, make_entry
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.spool import Entry
from llmops.text.records import read_records


def open_rows(spec: SourceSpec, where: Surroundings) -> SpooledSource:
    """Make the source of a spec with `rows`; a document is called `FILE#ID`."""
    rows = spec.rows
    assert rows is not None
    files = FileSource(SourceSpec(files=rows.files, exclude=spec.exclude, gitignore=False), where.root)
    constants = spec.metadata or {}

    def gather() -> Iterator[Entry]:
        for file in files.items():
            path = where.root / file.key
            for line, record in read_records(Path(path), file.key):
                yield _entry(file.key, file.changed_at, line, record, rows, constants)

    shown = "".join(f" !{pattern}" for pattern in spec.exclude)
    return SpooledSource(f"rows:{rows.files}{shown}", gather)


def _entry(
    file: str, changed_at: float, line: int, record: dict[str, Json], rows: RowsSpec, constants: Mapping[str, Json]
) -> Entry:
    def value(name: str, option: str) -> Json:
        if name not in record:
            raise InvalidFile(
                file,
                f"the record has no {name!r}, which rows.{option} names",
                line=line,
                key=f"rows.{option}",
                hint=did_you_mean(name, record),
            )
        return record[name]

    identity, text = value(rows.id, "id"), value(rows.text, "text")
    if identity in (None, "") or isinstance(identity, dict | list | float | bool):
        raise InvalidFile(
            file, f"{rows.id!r} is {identity!r}, which names no document", line=line, hint="Use text or a whole number."
        )
    if isinstance(text, dict | list):
        raise InvalidFile(file, f"{rows.text!r} is no text", line=line, hint="Name a field that holds text.")
    metadata = {name: found for name in rows.metadata if (found := value(name, "metadata")) is not None}
    try:
        canonical_json(metadata)
    except ValueError as error:
        raise InputError(f"{file}:{line}: {error}", hint="Change this value.") from error
    version = value(rows.version, "version") if rows.version else None
    return make_entry(
        f"{file}#{identity}",
        b"" if text is None else str(text).encode("utf-8", "surrogatepass"),
        version="" if version is None else str(version),
        metadata={**metadata, **constants},
        kind=rows.format or "txt",
        changed_at=changed_at,
    )
