"""From a policy's file to what is stored, and from there to checks that run.

A check's class is its schema: its dataclass fields, with their types, are the arguments that a policy may write. What the
program supplies instead (an embedder) is a field marked as a service. Everything is complained about where it is written,
with file and line, before anything runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from llmops.core.arguments import SERVICE, Written, services_of
from llmops.core.errors import ExtraMissing, InputError, InvalidFile, LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.guard.catalog import CHECKS
from llmops.guard.pipeline import LoadedCheck
from llmops.guard.protocol import Check, Detector, SlowCheck
from llmops.text.beside import FilesBelow

if TYPE_CHECKING:
    from llmops.domain.policy import CheckSpec, PolicySpec
    from llmops.domain.verdict import Stage
    from llmops.text.yaml import YamlDocument
    from llmops.text.yaml_builder import Place

COMMON: Final = ("name", "action", "on_error", "timeout_ms")
ACTIONS: Final = ("flag", "redact", "block")
STAGES: Final = ("input", "output")
FROM_FILE: Final = "from_file"
"""Marks, in a field's metadata, the lines of the file that the argument `file` names; they are stored with the policy."""

HOW_MADE: Final = "how_made"
"""Says, in a field's metadata, what makes the file that the argument `file` names where there is none."""

DIGEST_OF_FILE: Final = "digest_of_file"
"""Marks, in a field's metadata, the digest of the file that the argument `file` names. The file itself stays where it is."""


@dataclass(frozen=True, slots=True)
class Services:
    """What checks may use beside the text, by the name of their field; `root` is the folder `module:function` is looked up in."""

    supplied: Mapping[str, object] = field(default_factory=dict)
    root: Path | None = None


def read_policy(document: "YamlDocument", files: FilesBelow, *, at: "Place" = ()) -> "PolicySpec":
    """Read a policy, every check written out and tried; `files` reads those that it names.

    Raises:
        InvalidFile: with the line: an unknown key, check or argument, a pattern that cannot be used, a file that is not there.
    """
    from llmops.domain.policy import PolicySpec
    from llmops.text.yaml import validate

    data = document.data
    for part in at:
        data = data[part]
    if not isinstance(data, dict):
        raise document.error(at, "a policy is a map", hint="Write input: and output: with lists of checks.")
    full = {
        key: [
            _write_out(document, item, (*at, key, index), cast("Stage", key), files) for index, item in enumerate(value)
        ]
        if key in STAGES and isinstance(value, list)
        else value
        for key, value in data.items()
    }
    whole: Json = full
    for part in reversed(at):
        whole = {part: whole}
    spec = validate(PolicySpec, document.with_data(whole), at=at)
    if not spec.input and not spec.output:
        raise document.error(at, "this policy has no checks", hint="Write input: [secrets] or output: [pii].")
    for stage in STAGES:
        _check_names(document, getattr(spec, stage), (*at, stage))
        for index, check in enumerate(getattr(spec, stage)):
            try:
                load_check(check, Services(root=files.root), dry=True)
            except InvalidFile:
                raise
            except LlmopsError as error:
                raise document.error((*at, stage, index), error.message, hint=error.hint) from error
    return spec


def load_policy(spec: "PolicySpec", services: Services) -> "dict[Stage, list[LoadedCheck]]":
    """The checks of a policy by stage.

    Raises:
        InputError: a check cannot be used; the message names it.
        ExtraMissing: it needs an optional dependency.
    """
    return {
        "input": [load_check(check, services) for check in spec.input],
        "output": [load_check(check, services) for check in spec.output],
    }


def load_check(spec: "CheckSpec", services: Services, *, dry: bool = False) -> LoadedCheck:
    """Load one check; `dry` only tries whether it would, without what the program supplies."""
    factory = _factory(spec.check, services.root)
    if not (isinstance(factory, type) and is_dataclass(factory)):
        from llmops.guard.user import wrap_function

        return LoadedCheck(spec, slow=wrap_function(factory, name=spec.check, arguments=spec.arguments))
    written = Written("check", spec.check, spec.arguments, "docs/guardrails.md")
    needed = services_of(factory)
    offered = {"root": services.root or Path(), **services.supplied}
    missing = [name for name in needed if name not in offered]
    if missing and not dry:
        raise InputError(
            f"{written} needs {', '.join(missing)}, which a policy by itself does not have",
            hint='Open it in a workspace: llmops.open().guard("NAME"), or pass services to Policy.load.',
        )
    made: object = written.build(factory, {name: offered.get(name) for name in needed})
    if not dry and hasattr(made, "prepare"):
        try:
            made.prepare()
        except ExtraMissing:
            raise
        except InputError as error:
            raise written.named(error) from error
    return sorted_in(spec, made)


def sorted_in(spec: "CheckSpec", made: object) -> LoadedCheck:
    """A check under the sort that it is of."""
    if isinstance(made, Detector):
        return LoadedCheck(spec, detector=made)
    if isinstance(made, SlowCheck):
        return LoadedCheck(spec, slow=made)
    if isinstance(made, Check):
        return LoadedCheck(spec, check=made)
    raise InputError(
        f"{spec.check!r} is no check",
        hint="A check has find and tail, or inspect, or ainspect; see docs/guardrails.md.",
    )


def _write_out(document: "YamlDocument", item: Json, at: "Place", stage: "Stage", files: FilesBelow) -> dict[str, Json]:
    """Turn `- pii` and `- pii: {action: redact}` into maps with check, name, action, on_error and arguments."""
    written: Json = {}
    if isinstance(item, dict) and len(item) == 1:
        (item, written), = item.items()  # fmt: skip
        written = {} if written is None else written
    if not isinstance(item, str) or not item or not isinstance(written, Mapping):
        raise document.error(
            at,
            "a check is a name, or one name with a map of arguments",
            hint="Write `- pii` or `- pii: {action: redact}`.",
        )
    here = (*at, item)
    factory = _found(document, item, at)
    if stage not in getattr(factory, "stages", STAGES):
        raise document.error(at, f"check {item!r} has nothing to look at in the {stage}", hint="Move it to output:.")
    action = written.get("action", getattr(factory, "action", "block"))
    if action not in ACTIONS:
        raise document.error((*here, "action"), f"action cannot be {action!r}", hint=did_you_mean(str(action), ACTIONS))
    if action == "redact" and isinstance(factory, type) and not hasattr(factory, "tail"):
        raise document.error(
            (*here, "action"), f"check {item!r} finds no stretches that could be redacted", hint="Write flag or block."
        )
    full = {
        "check": item,
        "name": written.get("name", item.rsplit(":", 1)[-1]),
        "action": action,
        "on_error": written.get("on_error", "allow" if action == "flag" else "block"),
        "arguments": _read_arguments(document, factory, item, here, written, files),
    }
    timeout = written.get("timeout_ms", getattr(factory, "timeout_ms", None))
    return full if timeout is None else {**full, "timeout_ms": timeout}


def _found(document: "YamlDocument", name: str, at: "Place") -> object:
    """The class or function of a check, or None of one that is imported later."""
    if ":" in name:
        return None
    try:
        return CHECKS.get(name)
    except LlmopsError as error:
        raise document.error(at, error.message, hint=error.hint) from error


def _read_arguments(
    document: "YamlDocument", factory: object, name: str, at: "Place", written: Mapping[str, Json], files: FilesBelow
) -> dict[str, Json]:
    arguments = {key: value for key, value in written.items() if key not in COMMON}
    if not (isinstance(factory, type) and is_dataclass(factory)):
        return arguments
    lines_field, digest_field = (
        next((f.name for f in fields(factory) if mark in f.metadata), None) for mark in (FROM_FILE, DIGEST_OF_FILE)
    )
    known = [f.name for f in fields(factory) if SERVICE not in f.metadata and FROM_FILE not in f.metadata]
    for key in arguments:
        if key not in known:
            raise document.error(
                (*at, key), f"check {name!r} takes no argument {key!r}", hint=did_you_mean(key, [*known, *COMMON])
            )
    if isinstance(arguments.get("file"), str) and arguments["file"]:
        try:
            if lines_field:
                lines = [line.strip() for line in files(arguments["file"]).splitlines()]
                arguments[lines_field] = [line for line in lines if line and not line.startswith("#")]
            if digest_field:
                arguments.setdefault(digest_field, files.digest(arguments["file"]))
        except InvalidFile as error:
            made = next((str(f.metadata[HOW_MADE]) for f in fields(factory) if HOW_MADE in f.metadata), "")
            hint = " ".join(filter(None, (error.hint, made)))
            raise document.error((*at, "file"), f"file {arguments['file']!r}: {error.problem}", hint=hint) from error
    return arguments


def _factory(name: str, root: Path | None) -> object:
    if ":" in name:
        from llmops.guard.user import import_check

        return import_check(name, root)
    return CHECKS.get(name)


def _check_names(document: "YamlDocument", checks: "tuple[CheckSpec, ...]", at: "Place") -> None:
    known: set[str] = set()
    for index, check in enumerate(checks):
        if check.name in known:
            raise document.error(
                (*at, index),
                f"two checks are called {check.name!r}",
                hint=f"Give one a name: {check.check}: {{name: …}}",
            )
        known.add(check.name)
