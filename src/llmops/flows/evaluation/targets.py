"""Opens what is asked: an app, the retrieval of a RAG configuration, a policy or a model by ref, a prompt with a chat model, a
function, recorded outputs; each pinned for as long as it is held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from llmops.core.callables import import_attribute, is_function_path
from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json, digest
from llmops.core.names import Kind, Ref, parse_ref
from llmops.domain.artifact import PromptSpec, Version
from llmops.domain.corpus import RagSpec
from llmops.domain.evaluation import Case
from llmops.domain.ports import Asked, Retriever
from llmops.domain.suite import TargetKind, TargetSpec
from llmops.evals.loading import LoadedScorer
from llmops.evals.targets.recorded import RecordedTarget, read_recording, recording_of
from llmops.flows.evaluation.filtered import FilteredTarget
from llmops.flows.evaluation.policy_target import PolicyTarget
from llmops.flows.evaluation.retrieval import RetrievalTarget
from llmops.flows.policies import make_policy, open_policy
from llmops.flows.services import Services
from llmops.flows.serving.chat import Responder
from llmops.registry.bundles import Bundle
from llmops.registry.prompts import Prompt

if TYPE_CHECKING:
    from llmops.guard.policy import Policy

LARGER: Mapping[Kind, tuple[str, ...]] = {"prompt": ("app", "rag"), "policy": ("app",)}
"""By kind, the refs of runs on something larger that has a part of this kind: they say nothing about the part alone."""


PREFIXES: Mapping[str, TargetKind] = {"python:": "python", "recorded:": "recorded"}
"""How what has no ref is written where a ref may stand: `--target python:my_service:answer`."""


_FORMS: Final = (
    "A target is an app, a prompt, a rag, a policy or a model by ref (--target app/docs@3), python:module:function, or "
    "recorded:FILE."
)


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target made ready. `name` is what tables call it, `ref` what it was asked for by, where it has a ref; `notes` are
    what a report must say about it."""

    name: str
    responder: Asked
    ref: Ref | None = None
    notes: tuple[str, ...] = ()
    filters: Mapping[str, Json] = field(default_factory=dict)

    @property
    def asked(self) -> Asked:
        """What answers cases: the responder, under the filters of each case where the suite takes them from there."""
        return FilteredTarget(self.responder, self.filters) if self.filters else self.responder

    def check(self, cases: Sequence[Case], scorers: Sequence[LoadedScorer]) -> None:
        """See that it can answer these cases in a way that these scorers can score.

        Raises:
            InputError: a scorer reads an output, and the target gives none; or none of the cases was recorded.
        """
        if isinstance(self.responder, RecordedTarget):
            self.responder.check(cases)
        if isinstance(self.responder, RetrievalTarget):
            for loaded in scorers:
                if getattr(loaded.scorer, "reads_output", True):
                    raise InputError(
                        f"{loaded.label} reads the answer, and {self.name} gives none: it only retrieves",
                        hint="Score it with hit_rate, recall_at_k, precision_at_k, mrr or ndcg, or evaluate an app.",
                    )


def open_app(services: Services, ref: Ref, *, cached: bool = False, model: str | None = None) -> Responder:
    """Resolve an app once: its prompt, its index, its models.

    Args:
        cached: whether equal requests are answered from the reply cache; for evaluation only.
        model: asked in place of the app's. That is another thing than the app, so `refs` then has no `app`.

    Raises:
        NotFound: there is no such app.
    """
    return open_version(services, services.registry.bundle(ref), cached=cached, model=model)


def open_version(services: Services, app: Bundle, *, cached: bool = False, model: str | None = None) -> Responder:
    """The same, for a version that is there with its parts."""
    loaded = app.app()
    spec = loaded.spec
    refs = {"prompt": spec.prompt.digest}
    if model is None:
        refs["app"] = app.main.digest
    retriever: Retriever | None = None
    if spec.rag is not None and loaded.rag is not None:
        from llmops.flows.retrieval import open_retriever

        refs["rag"] = spec.rag.digest
        retriever = open_retriever(services, spec.rag.name, loaded.rag, cached=cached, snapshot=app.snapshot)
    policy: Policy | None = None
    if spec.policy is not None and loaded.policy is not None:
        refs["policy"] = spec.policy.digest
        policy = make_policy(services, loaded.policy, spec.policy.digest, f"policy/{spec.policy.name}")
    names = [model] if model is not None else [spec.model, *spec.fallbacks]
    responder = _responder(services, loaded.prompt, names, spec.parameters, refs, retriever, cached=cached)
    return replace(responder, policy=policy, block_message=spec.block_message)


def open_target(
    services: Services,
    written: TargetSpec,
    *,
    override: str | None = None,
    model: str | None = None,
    cached: bool = True,
) -> OpenTarget:
    """Open the target of a suite, or the one that stands in for it.

    Args:
        override: what to ask instead: a ref, which without a kind is of the suite's, `python:module:function`, or
            `recorded:` with a file or run.
        model: asked instead of the target's.
        cached: whether equal requests are answered from the reply cache.

    Raises:
        NotFound: there is no such app, prompt, RAG configuration, function, file or run.
        InputError: a ref of another kind, or a model for what asks none.
    """
    if (override is None and len(written.names) > 1) or (model is None and len(written.models) > 1):
        raise InputError(
            f"this suite has {max(1, len(written.names)) * max(1, len(written.models))} targets, and here is asked for one",
            hint="Name one with target and model, or run all with: llmops eval SUITE",
        )
    kind, named, written = _chosen(written, override)
    if kind == "python" or kind == "recorded" or kind == "http":
        if model is not None:
            raise InputError(f"{named} has no model that {model} could stand in for", hint="Leave --model out.")
        if kind == "python":
            return _open_function(services, written, cached=cached)
        if kind == "http":
            return _open_http(services, written, cached=cached)
        return _open_recorded(services, named, typed=override is not None)
    ref = parse_ref(named, default=kind)
    chosen = model or next(iter(written.models), None) if ref.kind == "app" else model
    responder: Asked
    if ref.kind == "app":
        responder = open_app(services, ref, cached=cached, model=chosen)
    elif ref.kind == "prompt":
        responder = _open_prompt(services, ref, written, model, cached=cached)
    elif ref.kind == "rag":
        responder = _open_rag(services, ref, model, cached=cached)
    elif ref.kind == "policy":
        responder = _open_policy(services, ref, model)
    elif ref.kind == "model":
        responder = _open_model(services, ref, written, model)
    else:
        raise InputError(f"{ref} is no target", hint=_FORMS)
    return OpenTarget(str(ref) if chosen is None else f"{ref} with {chosen}", responder, ref, filters=written.filters)


def identify(version: Version, written: TargetSpec, default_model: str) -> dict[str, str]:
    """What the refs of a run on a registered version hold, when a suite's target is `written`: digests by kind, and for a
    prompt, which pins no model, the model and parameters that it would be asked with."""
    refs: dict[str, str] = {version.kind: version.digest}
    if version.kind == "prompt":
        refs |= _model_refs(*_choose_model(PromptSpec.model_validate(version.content), written, default_model))
    return refs


def _choose_model(prompt: PromptSpec, written: TargetSpec, default: str) -> tuple[str, dict[str, Json]]:
    """The model and parameters of a prompt that is asked by itself."""
    if written.prompt is None:  # a suite about something else, in whose place a prompt is asked
        return prompt.model or default, dict(prompt.parameters)
    first = next(iter(written.models), None)  # of a matrix, the first one is what a promotion looks for
    return first or prompt.model or default, {**prompt.parameters, **written.parameters}


def _model_refs(model: str, parameters: Mapping[str, Json]) -> dict[str, str]:
    return {"model": model, "parameters": digest("parameters", dict(parameters))}


def _chosen(written: TargetSpec, override: str | None) -> tuple[TargetKind, str, TargetSpec]:
    """What is asked in the end: its kind, how it is named, and what else is written about it."""
    if override is None:
        return written.kind, written.named, written
    for prefix, kind in PREFIXES.items():
        if override.startswith(prefix):
            named = override.removeprefix(prefix)
            same = written.kind == kind and written.named == named
            return kind, named, written if same else TargetSpec.model_validate({kind: named})
    kind = written.kind if written.kind in ("app", "prompt", "rag", "policy", "model") else "app"
    return kind, override, written


def _open_function(services: Services, written: TargetSpec, *, cached: bool) -> OpenTarget:
    from llmops.evals.targets.function import wrap_function

    path = written.named
    if not is_function_path(path):
        raise InputError(f"{path!r} names no function", hint="Write module:function, for example my_service:answer.")
    function = wrap_function(
        import_attribute(path, services.root, "target"),
        path,
        arguments=written.parameters,
        version=written.version,
    )
    return OpenTarget(path, _remembered(services, function, written, cached=cached))


def _open_http(services: Services, written: TargetSpec, *, cached: bool) -> OpenTarget:
    from llmops.backends.http_service import open_service
    from llmops.evals.targets.service import ServiceTarget

    assert written.http is not None
    target = ServiceTarget(written.http, open_service(written.http, services.settings), written.version)
    return OpenTarget(written.http.name, _remembered(services, target, written, cached=cached))


def _remembered(services: Services, target: Asked, written: TargetSpec, *, cached: bool) -> Asked:
    """The target, with its answers kept if its author says that it answers the same again."""
    if not (cached and written.deterministic):
        return target
    from llmops.evals.targets.remembering import Remembering

    return Remembering(target, services.store.replies)


def _open_recorded(services: Services, named: str, *, typed: bool) -> OpenTarget:
    """Outputs from a file, which a suite may only name inside the workspace and who types it anywhere, or of a run."""
    if named.startswith("run-"):
        run = services.store.runs.get(named)
        recorded = recording_of(run.id, services.store.runs.results(run.id))
        name = f"outputs of {run.id}"
    else:
        path = services.root / named
        if not typed and not path.resolve().is_relative_to(services.root.resolve()):
            raise InputError(f"recorded: {named} lies outside the workspace", hint=f"Put it below {services.root}.")
        if not path.is_file():
            raise NotFound(f"there is no file {named} with recorded outputs", hint=f"Put it below {services.root}.")
        recorded = read_recording(path, named)
        name = f"outputs in {named}"
    note = f"The outputs were not generated by this run but recorded ({named}), so it is no evidence for a promotion."
    return OpenTarget(name, recorded, notes=(note,))


def _open_rag(services: Services, ref: Ref, model: str | None, *, cached: bool) -> RetrievalTarget:
    from llmops.flows.retrieval import open_retriever

    if model is not None:
        raise InputError(f"{ref} only retrieves and asks no model, so not {model} either", hint="Leave --model out.")
    resolved = services.registry.resolve(ref)
    retriever = open_retriever(services, resolved.name, resolved.spec(RagSpec), cached=cached)
    return RetrievalTarget(str(ref), retriever, {"rag": resolved.digest})


def _open_policy(services: Services, ref: Ref, model: str | None) -> PolicyTarget:
    if model is not None:
        raise InputError(f"{ref} is a policy and asks no model, so not {model} either", hint="Leave --model out.")
    return PolicyTarget(str(ref), open_policy(services, services.registry.bundle(ref)))


def _open_model(services: Services, ref: Ref, written: TargetSpec, model: str | None) -> Asked:
    from llmops.flows.evaluation.model_target import open_model_target

    if model is not None:
        raise InputError(f"{ref} is itself a model, and asks none like {model}", hint="Leave --model out.")
    return open_model_target(services, ref, written)


def _open_prompt(services: Services, ref: Ref, written: TargetSpec, model: str | None, *, cached: bool) -> Responder:
    prompt = services.registry.prompt(ref)
    chosen, parameters = _choose_model(prompt.spec, written, services.settings.models.default)
    return _responder(services, prompt, [model or chosen], parameters, {"prompt": prompt.digest}, None, cached=cached)


def _responder(
    services: Services,
    prompt: Prompt,
    models: Sequence[str],
    parameters: Mapping[str, Json],
    refs: Mapping[str, str],
    retriever: Retriever | None,
    *,
    cached: bool,
) -> Responder:
    return Responder(
        prompt=prompt,
        models=[(name, services.chat_model(name, cached=cached)) for name in models],
        parameters=parameters,
        retriever=retriever,
        refs={**refs, **_model_refs(models[0], parameters)},
    )
