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

from pydantic import BaseModel, Field, ValidationError

from llmops.core.alias_rules import AliasRule, AliasTables, MetricBound
from llmops.core.durations import seconds as seconds
from llmops.core.errors import InvalidFile, SettingsError
from llmops.core.hashing import Json
from llmops.core.hook_settings import HookSettings, HookTables
from llmops.core.names import did_you_mean
from llmops.core.sections import Connection as Connection
from llmops.core.sections import LogSettings, Section

FILE = "llmops.toml"
STATE = ".llmops"
PREFIX = "LLMOPS_"

# Read by other parts of the program, not settings of a workspace.
_OTHER_VARIABLES = frozenset({"LLMOPS_ACTOR"})

# Tables that a page of their own explains.
_PAGES = {"aliases": "promotion", "hooks": "hooks"}


class StoreSettings(Section):
    """Where versions, aliases, runs and index manifests live."""

    url: str = f"sqlite:///{STATE}/store.db"


class BlobSettings(Section):
    """Where bytes live; empty: `.llmops/blobs` beside a SQLite store, in the database of a PostgreSQL one."""

    url: str = ""


class VectorSettings(Section):
    """Which vector store serves searches."""

    kind: str = Field(default="chroma", pattern=r"^[\w-]+$")
    path: str = f"{STATE}/vectors"
    url: str = ""
    connection: str = ""
    timeout: str = "30s"


class ModelSettings(Section):
    """The models used where neither argument, app nor prompt names one."""

    default: str = "offline/extractive"
    judge: str = "offline/support"
    embedding: str = "local/all-MiniLM-L6-v2"


class EvalSettings(Section):
    """How evaluations are run."""

    patience: str = "2m"


class CacheSettings(Section):
    """How long reads may be served from memory."""

    alias_ttl: str = "10s"


class _Tables(Section):
    store: StoreSettings = StoreSettings()
    blobs: BlobSettings = BlobSettings()
    vectors: VectorSettings = VectorSettings()
    models: ModelSettings = ModelSettings()
    cache: CacheSettings = CacheSettings()
    eval: EvalSettings = EvalSettings()
    log: LogSettings = LogSettings()
    connections: dict[str, Connection] = Field(default_factory=dict)
    aliases: AliasTables | None = None
    hooks: HookTables = Field(default_factory=dict)


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
    def eval(self) -> EvalSettings:
        """`[eval]`."""
        return self.tables.eval

    @property
    def log(self) -> LogSettings:
        """`[log]`."""
        return self.tables.log

    @property
    def connections(self) -> Mapping[str, Connection]:
        """`[connections.<name>]` by name."""
        return self.tables.connections

    @property
    def aliases(self) -> Mapping[str, Mapping[str, AliasRule]] | None:
        """`[aliases.<alias>]` by alias and pattern (`""`: any artifact); None where the file says nothing about aliases."""
        return self.tables.aliases

    @property
    def hooks(self) -> Mapping[str, HookSettings]:
        """`[hooks.<name>]` by name."""
        return self.tables.hooks

    def __iter__(self) -> Iterator[Setting]:
        for key, value in _flatten(self.tables.model_dump(by_alias=True, exclude={"aliases"})):
            yield Setting(key, value, self.sources.get(key, "default"))
        written = self.tables.model_dump(by_alias=True, include={"aliases"}, exclude_unset=True, exclude_none=True)
        for key, value in _flatten(written):
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
        # Pydantic marks a wrong key of a map, and "" stands for a rule without a pattern.
        parts = [str(part) for part in first["loc"] if part not in ("[key]", "") and not isinstance(part, int)]
        key = ".".join(parts)
        if first["type"] == "extra_forbidden":
            problem, hint = f"unknown key {key!r}", did_you_mean(parts[-1], _siblings(parts))
        else:
            said = first["msg"].replace("tuple", "list")
            told = (
                said.removeprefix("Value error, ")
                if first["type"] == "value_error" or parts[0] == "hooks"  # whose values may be secrets
                else f"{said}, not {first['input']!r}"
            )
            problem = f"{key}: {told}"
            hint = f"See docs/{_PAGES.get(parts[0], 'settings')}.md."
        at = parts[: parts.index("metrics") + 1] if "metrics" in parts else parts
        raise InvalidFile(path, problem, line=_line_of(path, at), key=key, hint=hint) from error


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
    if parts[0] == "hooks":
        return list(HookSettings.model_fields)
    if parts[0] == "aliases" and "metrics" in parts[:-1]:
        return list(MetricBound.model_fields)
    if parts[0] == "aliases":
        return [field.alias or name for name, field in AliasRule.model_fields.items()]
    section = _Tables.model_fields[parts[0]].annotation
    return list(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else []


def _line_of(path: Path, parts: list[str]) -> int | None:
    """The line on which the last part is written, looked for below its table's header (tomllib gives no lines)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = [line.split("#")[0].replace('"', "").replace("'", "").strip() for line in lines]
    headers = [f"[{'.'.join(parts)}]", f"[{'.'.join(parts[:-1])}]"]
    if headers[0] in plain:
        return plain.index(headers[0]) + 1
    start = plain.index(headers[1]) if headers[1] in plain else 0
    key = re.compile(rf"\[?\s*{re.escape(parts[-1])}(?![\w-])")
    return next((i + 1 for i, line in enumerate(plain) if i >= start and key.match(line)), None)


def _put(data: dict[str, Json], dotted: str, value: Json) -> None:
    section, key = dotted.split(".")
    data[section] = {**data.get(section, {}), key: value}


def _flatten(data: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}." if key else prefix)
        else:
            yield prefix + key, value
