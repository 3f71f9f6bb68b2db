"""Reads and writes classifiers as skops files.

A skops file is a zip with a description (`schema.json`) and arrays. Before anything of it is made, every type that the
description names is compared with a short list, and so is what unpacking it would take: a file from elsewhere can hold numbers
and nothing that runs.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, cast

from llmops.core.errors import InputError
from llmops.core.extras import require

if TYPE_CHECKING:
    from llmops.core.hashing import Json

EXTRA: Final = "classifier"
MOST_UNPACKED: Final = 256_000_000
TRUSTED: Final = frozenset(
    {
        "builtins.dict", "builtins.float", "builtins.int", "builtins.list", "builtins.str", "builtins.tuple", "builtins.type",
        "numpy.bool", "numpy.bool_", "numpy.dtype", "numpy.float32", "numpy.float64", "numpy.int32", "numpy.int64",
        "numpy.ndarray",
        "scipy.sparse._csr.csr_matrix", "scipy.sparse._dia.dia_array", "scipy.sparse._dia.dia_matrix",
        "sklearn.feature_extraction.text.CountVectorizer", "sklearn.feature_extraction.text.HashingVectorizer",
        "sklearn.feature_extraction.text.TfidfTransformer", "sklearn.feature_extraction.text.TfidfVectorizer",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.pipeline.FeatureUnion", "sklearn.pipeline.Pipeline",
        # how skops makes them: none of these calls what the file names
        "CachedNode", "DictNode", "DTypeNode", "JsonNode", "ListNode", "NdArrayNode", "ObjectNode", "SparseMatrixNode",
        "TupleNode", "TypeNode",
    }
)  # fmt: skip
_ADDRESSES: Final = re.compile(r'(?<="__id__": )[0-9]+|[0-9]+(?=\.np[yz]")')
TRAIN: Final = "Train one: llmops guard train DATASET -o FILE.skops"


class Probabilities(Protocol):
    """A table with a row for each text and a column for each class, the bad one last."""

    shape: tuple[int, ...]

    def tolist(self) -> list[list[float]]: ...


class Classifier(Protocol):
    """Says of texts how likely they are of each class."""

    classes_: Sequence[object]

    def predict_proba(self, texts: Sequence[str], /) -> Probabilities: ...


def require_libraries() -> None:
    """Raise ExtraMissing unless classifiers can be read and trained here."""
    require("sklearn", EXTRA, needed_for="a trained classifier")
    require("skops", EXTRA, needed_for="a trained classifier")


def require_trusted(content: bytes, name: str) -> None:
    """Make sure that a file is a skops file that holds nothing but what is trusted. Nothing of it is made.

    Raises:
        InputError: it is none, would unpack to too much, or names another type.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_UNPACKED:
                raise InputError(f"{name} would unpack to {size:,} bytes", hint=f"At most {MOST_UNPACKED:,} are read.")
            foreign = sorted(set(_types(json.loads(archive.read("schema.json")))) - TRUSTED)
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError, NotImplementedError, EOFError) as error:
        raise InputError(f"{name} is no skops file", hint=TRAIN) from error
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise InputError(
            f"{name} holds {', '.join(foreign[:3])}{more}, which is not trusted, so nothing of it was loaded",
            hint=TRAIN,
        )


def _types(described: "Json") -> Iterator[str]:
    """The types that a description names, and by what each would be made."""
    if isinstance(described, dict):
        if "__class__" in described or "__module__" in described:
            yield f"{described.get('__module__')}.{described.get('__class__')}"
            yield str(described.get("__loader__"))
        for value in described.values():
            yield from _types(value)
    elif isinstance(described, list):
        for value in described:
            yield from _types(value)


@lru_cache(maxsize=4)
def load_classifier(content: bytes, name: str) -> Classifier:
    """The classifier of a file.

    Raises:
        InputError: it holds something else.
        ExtraMissing: scikit-learn or skops is not installed.
    """
    require_libraries()
    require_trusted(content, name)
    from skops.io import loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        made = cast(Classifier, loads(content, trusted=[]))
        shape = made.predict_proba([""]).shape
    except UntrustedTypesFoundException as error:
        raise InputError(f"{name} is not trusted: {error}", hint=TRAIN) from error
    except (AttributeError, LookupError, OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{name} holds no classifier of texts: {error!s:.200}", hint=TRAIN) from error
    if shape != (1, 2):
        raise InputError(f"{name} tells {shape[-1]} classes apart, and not two", hint=TRAIN)
    return made


def dump_classifier(classifier: Classifier) -> bytes:
    """A classifier as the bytes of a file; the same one gives the same bytes.

    skops names arrays by their address in memory; here they have numbers instead.
    """
    from skops.io import dumps

    plain = zipfile.ZipFile(io.BytesIO(dumps(classifier)))
    described = plain.read("schema.json").decode()
    numbers: dict[str, str] = {}
    for address in _ADDRESSES.findall(described):
        numbers.setdefault(address, str(len(numbers) + 1))
    files = {"schema.json": _ADDRESSES.sub(lambda found: numbers[found[0]], described).encode()}
    for entry in plain.namelist():
        address, _, ending = entry.partition(".")
        if entry != "schema.json":
            files[f"{numbers[address]}.{ending}"] = plain.read(entry)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
