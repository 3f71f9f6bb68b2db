"""Settings: default < `llmops.toml` < environment `LLMOPS_*` < argument, and each value knows where it came from.

Artifacts name places, settings define them: connections live here, so that the same files have the same digests on a
laptop, in CI and in production.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmops.core.errors import InvalidFile, SettingsError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean

FILE = "llmops.toml"
STATE = ".llmops"
PREFIX = "LLMOPS_"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

# Read by other parts of the program, not settings of a workspace.
_OTHER_VARIABLES = frozenset({"LLMOPS_ACTOR"})


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoreSettings(_Section):
    """Where versions, aliases, runs and index manifests live."""

    url: str = f"sqlite:///{STATE}/store.db"


class BlobSettings(_Section):
    """Where bytes live; empty: `.llmops/blobs` beside a SQLite store, in the database of a PostgreSQL one."""

    url: str = ""


class VectorSettings(_Section):
    """Which vector store serves searches."""

    kind: Literal["chroma", "exact"] = "chroma"
    path: str = f"{STATE}/vectors"


class ModelSettings(_Section):
    """The models used where neither argument, app nor prompt names one."""

    default: str = "offline/extractive"
    embedding: str = "local/all-MiniLM-L6-v2"


class CacheSettings(_Section):
    """How long reads may be served from memory."""

    alias_ttl: str = "10s"


class Connection(_Section):
    """A place with its credentials by environment variable: an OpenAI-compatible server."""

    url: str = ""
    api_base: str = ""
    key_env: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: str = "60s"
    rpm: int | None = Field(default=None, gt=0)
    tpm: int | None = Field(default=None, gt=0)


class _Tables(_Section):
    store: StoreSettings = StoreSettings()
    blobs: BlobSettings = BlobSettings()
    vectors: VectorSettings = VectorSettings()
    models: ModelSettings = ModelSettings()
    cache: CacheSettings = CacheSettings()
    connections: dict[str, Connection] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, by dotted key, with its source: `default`, `llmops.toml`, `environment NAME` or `argument`."""

    key: str
    value: Json
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one workspace. `root` is its folder; relative paths are relative to it."""

    root: Path
    tables: _Tables
    sources: Mapping[str, str]

    @property
    def store(self) -> StoreSettings:
        """`[store]`."""
        return self.tables.store

    @property
    def blobs(self) -> BlobSettings:
        """`[blobs]`."""
        return self.tables.blobs

    @property
    def vectors(self) -> VectorSettings:
        """`[vectors]`."""
        return self.tables.vectors

    @property
    def models(self) -> ModelSettings:
        """`[models]`."""
        return self.tables.models

    @property
    def cache(self) -> CacheSettings:
        """`[cache]`."""
        return self.tables.cache

    @property
    def connections(self) -> Mapping[str, Connection]:
        """`[connections.<name>]` by name."""
        return self.tables.connections

    def __iter__(self) -> Iterator[Setting]:
        for key, value in _flatten(self.tables.model_dump()):
            yield Setting(key, value, self.sources.get(key, "default"))


def find_root(start: Path) -> Path:
    """The nearest folder upwards that holds `llmops.toml`; without one, `start` itself."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    return start


def load_settings(
    root: Path, environ: Mapping[str, str] | None = None, arguments: Mapping[str, Json] | None = None
) -> Settings:
    """Merge the four layers.

    Args:
        root: the workspace folder.
        environ: `os.environ` by default; `LLMOPS_STORE_URL` sets `store.url`.
        arguments: dotted keys to values.

    Raises:
        InvalidFile: `llmops.toml` is no TOML, or has an unknown key or a wrong type (with its line).
        SettingsError: an environment variable or argument cannot be used.
    """
    environ = os.environ if environ is None else environ
    merged: dict[str, Json] = {}
    sources: dict[str, str] = {}
    path = root / FILE
    if path.is_file():
        merged = _read_toml(path)
        _validate(merged, path)
        sources = {key: FILE for key, _ in _flatten(merged)}
    known = [key for key, _ in _flatten(_Tables().model_dump())]
    by_variable = {PREFIX + key.replace(".", "_").upper(): key for key in known}
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable not in _OTHER_VARIABLES:
            if variable not in by_variable:
                raise SettingsError(
                    f"environment variable {variable} is no setting", hint=did_you_mean(variable, by_variable)
                )
            _put(merged, by_variable[variable], text)
            sources[by_variable[variable]] = f"environment {variable}"
    for key, value in (arguments or {}).items():
        if key not in known:
            raise SettingsError(f"{key!r} is no setting", hint=did_you_mean(key, known))
        _put(merged, key, value)
        sources[key] = "argument"
    return Settings(root, _checked(merged, sources), sources)


def seconds(duration: str) -> float:
    """Read a duration such as `250ms`, `10s`, `14d` as seconds.

    Raises:
        SettingsError: it is no duration.
    """
    found = _DURATION.fullmatch(duration.strip())
    if not found:
        raise SettingsError(f"{duration!r} is no duration", hint="Write a number and a unit: 250ms, 10s, 5m, 2h, 14d.")
    return float(found[1]) * _UNITS[found[2]]


def _read_toml(path: Path) -> dict[str, Json]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidFile(path, f"this is no TOML: {error}", hint="See docs/settings.md for an example.") from error


def _validate(data: Mapping[str, Json], path: Path) -> None:
    try:
        _Tables.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"]]
        key = ".".join(parts)
        if first["type"] == "extra_forbidden":
            problem, hint = f"unknown key {key!r}", did_you_mean(parts[-1], _siblings(parts))
        else:
            problem, hint = f"{key}: {first['msg']}, not {first['input']!r}", "See docs/settings.md."
        raise InvalidFile(path, problem, line=_line_of(path, parts), key=key, hint=hint) from error


def _checked(merged: Mapping[str, Json], sources: Mapping[str, str]) -> _Tables:
    try:
        return _Tables.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"{key} = {first['input']!r} from {sources.get(key, 'default')}: {first['msg']}",
            hint="See docs/settings.md.",
        ) from error


def _siblings(parts: list[str]) -> list[str]:
    """The keys that could have stood where the last part stands."""
    if len(parts) == 1:
        return list(_Tables.model_fields)
    if parts[0] == "connections":
        return list(Connection.model_fields)
    section = _Tables.model_fields[parts[0]].annotation
    return list(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else []


def _line_of(path: Path, parts: list[str]) -> int | None:
    """The line on which the last part is written, looked for below its table's header (tomllib gives no lines)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = f"[{'.'.join(parts[:-1])}]"
    start = next((i for i, line in enumerate(lines) if line.split("#")[0].strip() == header), 0)
    key = re.compile(rf"\s*\[?\s*[\"']?{re.escape(parts[-1])}\b")
    return next((i + 1 for i, line in enumerate(lines) if i >= start and key.match(line)), None)


def _put(data: dict[str, Json], dotted: str, value: Json) -> None:
    section, key = dotted.split(".")
    data[section] = {**data.get(section, {}), key: value}


def _flatten(data: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
