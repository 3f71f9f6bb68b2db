"""What every noun is: a frozen value that knows its fields and refuses others."""

from pydantic import BaseModel, ConfigDict

from llmops.core.hashing import Json


class Noun(BaseModel):
    """A frozen value; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def content_of(spec: Noun) -> dict[str, Json]:
    """What is stored and hashed: every field that says something.

    Empty values that are a field's default are left out, so that a field added to a later version of llmops leaves the
    digests of today's files alone; other defaults are written out, so that a changed default changes no old version.
    """
    content: dict[str, Json] = {}
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if value in (None, "", (), {}) and value == field.get_default(call_default_factory=True):
            continue
        content[name] = _plain(value)
    return content


def _plain(value: Json) -> Json:
    if isinstance(value, Noun):
        return content_of(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
