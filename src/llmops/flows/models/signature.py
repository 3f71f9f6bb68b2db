"""What a model takes and gives, inferred from examples: mappings, lists, arrays of numpy, frames of pandas.

None of these libraries is imported here: whoever hands in an array has done so, and arrays say themselves what they are.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from pydantic import ValidationError

from llmops.core.errors import InputError
from llmops.core.hashing import Json, canonical_json
from llmops.domain.model import Column, Signature

ROWS: Final = 5  # of an example that are kept
MOST_EXAMPLE: Final = 64 << 10
_HINT: Final = "Give rows as mappings, columns as lists, an array of numpy or a frame of pandas."
_KINDS: Final = {"b": "boolean", "U": "string", "S": "string", "M": "datetime", "O": "object"}


def read_signature(given: Json, example: Json) -> Signature:
    """The signature of a model.

    Args:
        given: None, to infer the inputs from the example; a pair of examples, of inputs and outputs; a mapping with
            `inputs` and `outputs`, each a mapping of names to types or a list of columns; or a Signature.
        example: an example of the inputs, or None.

    Raises:
        InputError: it is none of these.
    """
    if given is None:
        return Signature(inputs=infer(example)) if example is not None else Signature()
    if isinstance(given, Signature):
        return given
    if isinstance(given, tuple) and len(given) == 2:
        return Signature(inputs=infer(given[0]), outputs=infer(given[1]))
    if isinstance(given, Mapping) and given and not given.keys() - {"inputs", "outputs"}:
        return Signature(**{side: _columns(side, given.get(side, ())) for side in ("inputs", "outputs")})
    raise InputError(
        f"a signature is no {type(given).__name__}",
        hint='signature=(inputs, outputs) infers it from examples; or {"inputs": {"age": "int64"}, "outputs": {"": "float64"}}.',
    )


def infer(example: Json) -> tuple[Column, ...]:
    """The columns of an example.

    Raises:
        InputError: it is none, or holds nothing.
    """
    if hasattr(example, "columns") and hasattr(example, "dtypes"):
        return tuple(_of_array(example[name], str(name), is_column=True) for name in example.columns)
    if hasattr(example, "dtype") and hasattr(example, "shape"):
        name = getattr(example, "name", None)
        return (_of_array(example, name if isinstance(name, str) else "", is_column=isinstance(name, str)),)
    if isinstance(example, Mapping) and example:
        tables = all(isinstance(value, list | tuple) or hasattr(value, "dtype") for value in example.values())
        if tables and example:
            return tuple(
                _of_array(value, str(name)) if hasattr(value, "dtype") else _of_values(value, str(name))
                for name, value in example.items()
            )
        return tuple(_of_values([value], str(name)) for name, value in example.items())
    if isinstance(example, list | tuple) and example:
        if all(isinstance(row, Mapping) for row in example):
            names = dict.fromkeys(str(name) for row in example for name in row)
            return tuple(_of_values([row.get(name) for row in example], name) for name in names)
        return (_of_nested(example),)
    raise InputError(f"nothing can be inferred from {type(example).__name__} {example!r:.40}", hint=_HINT)


def as_example(example: Json) -> Json:
    """An example as it is kept: its first rows, as JSON.

    Raises:
        InputError: it has no JSON form, or is too large.
    """
    if example is None:
        return None
    if hasattr(example, "columns") and hasattr(example, "to_dict"):
        example = example.head(ROWS).to_dict(orient="records")
    elif isinstance(example, Mapping):
        example = {name: _listed(value) for name, value in example.items()}
    else:
        example = _listed(example)
    plain = _plain(example)
    size = len(canonical_json(plain))
    if size > MOST_EXAMPLE:
        raise InputError(
            f"the first {ROWS} rows of the example have {size:,} bytes, more than {MOST_EXAMPLE:,}",
            hint="Give a smaller one, or log it as a file of the run.",
        )
    return plain


def _columns(side: str, given: Json) -> tuple[Column, ...]:
    try:
        if isinstance(given, Mapping):
            return tuple(Column(name=str(name), type=str(kind)) for name, kind in given.items())
        return tuple(item if isinstance(item, Column) else Column.model_validate(item) for item in given)
    except (ValidationError, TypeError) as error:
        raise InputError(
            f"the {side} of the signature cannot be read: {error!s:.200}",
            hint='Write {"age": "int64"} or [{"name": "age", "type": "int64"}].',
        ) from error


def _of_array(array: Json, name: str, *, is_column: bool = False) -> Column:
    """A column of a frame, or an array, whose first length is that of a batch."""
    kind = getattr(array.dtype, "kind", "")
    said = _KINDS.get(kind, str(array.dtype).removeprefix("torch."))
    if said == "object" or said in ("str", "category"):
        values = [item for item in array.tolist() if not _is_missing(item)]
        said = _type_of(values) if values else "string"
    shape = () if is_column else (None, *(int(length) for length in array.shape[1:]))
    missing = any(_is_missing(item) for item in array.tolist()) if is_column and kind in "fOM" else False
    return Column(name=name, type=said, shape=shape, optional=missing or None)


def _of_values(values: Sequence[Json], name: str) -> Column:
    there = [value for value in values if not _is_missing(value)]
    return Column(name=name, type=_type_of(there), optional=len(there) < len(values) or None)


def _of_nested(example: Sequence[Json]) -> Column:
    """Lists in lists are an array; a list of values is one column without a name."""
    if not any(isinstance(item, list | tuple) for item in example):
        return _of_values(example, "")
    shape: list[int] = []
    inner: Json = example
    while isinstance(inner, list | tuple) and inner:
        shape.append(len(inner))
        inner = inner[0]
    flat = list(_flattened(example))
    if len(flat) != math.prod(shape):
        raise InputError("the rows of the example have different lengths", hint=_HINT)
    return Column(type=_type_of([item for item in flat if not _is_missing(item)]), shape=(None, *shape[1:]))


def _flattened(value: Json) -> Iterable[Json]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flattened(item)
    else:
        yield value


def _type_of(values: Sequence[Json]) -> str:
    kinds = {_kind(value) for value in values}
    if kinds <= {"int64", "float64"}:
        return "float64" if "float64" in kinds or not kinds else "int64"
    return kinds.pop() if len(kinds) == 1 else "object"


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if hasattr(value, "dtype"):
        return _KINDS.get(value.dtype.kind, str(value.dtype))
    for types, name in ((int, "int64"), (float, "float64"), (str, "string"), (date, "datetime")):
        if isinstance(value, types):
            return name
    return "object"


def _is_missing(value: Json) -> bool:
    # NaN, and pandas' NaT, are the values that are not themselves; NA is neither.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def _listed(value: Json) -> Json:
    if hasattr(value, "tolist"):
        value = value[:ROWS].tolist() if getattr(value, "shape", ()) else value.tolist()
    return value[:ROWS] if isinstance(value, list | tuple) else value


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, date):
        return str(value) if _is_missing(value) is False else None
    if _is_missing(value) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str | int | float | bool):
        return value
    raise InputError(f"{type(value).__name__} in the example has no JSON form", hint=_HINT)
