"""CSV: each record becomes lines of `column: value`, with an anchor at the line where it stands."""

import csv
import io
import re
from typing import Final

from llmops.core.errors import InputError
from llmops.domain.corpus import Anchor, Document
from llmops.index.parsing.plain import decode

_SEPARATORS: Final = ",;\t|"
_QUOTED: Final = re.compile(r'"[^"]*"')


def parse_csv(source: str, key: str, data: bytes) -> Document:
    """Turn records into paragraphs that can be read and searched without the head of the table; empty values are left out.

    The first record names the columns. Commas, semicolons, tabs and bars are told apart by the names of the columns.

    Raises:
        InputError: a record cannot be read, with its line, or there is none.
    """
    text = decode(key, data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    parts: list[str] = []
    anchors: list[Anchor] = []
    names: list[str] = []
    offset, line = 0, 1
    try:
        for record in reader:
            began, line = line, reader.line_num + 1
            if not any(record):
                continue
            if not names:
                names = [name.strip() or f"column {place}" for place, name in enumerate(record, 1)]
                continue
            if len(record) > len(names):
                raise InputError(
                    f"{key}:{began}: this record has {len(record)} fields, and the head names {len(names)}",
                    hint="Quote fields that hold the separator, or exclude the file.",
                )
            fields = [f"{name}: {value.strip()}" for name, value in zip(names, record, strict=False) if value.strip()]
            paragraph = "\n".join(fields)
            anchors.append(Anchor(offset=offset, line=began))
            parts.append(paragraph)
            offset += len(paragraph) + 2
    except csv.Error as error:
        raise InputError(f"{key}:{reader.line_num}: {error}", hint="Mend this line, or exclude the file.") from error
    return Document(source=source, key=key, text="\n\n".join(parts), anchors=tuple(anchors))


def _separator(text: str) -> str:
    """What separates the names of the columns; a comma where nothing does."""
    head = _QUOTED.sub("", text.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=head.count)
