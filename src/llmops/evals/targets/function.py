"""A team's own callable as a target: `{python: "module:function"}`, called with the inputs of a case by name.

    def answer(question: str, k: int = 5) -> str | dict: ...

A parameter called `inputs` takes all of them as one mapping instead, and one called `repeat` the number of the repeat.
What it returns is read by `replies`. It is asked every time, because nobody but its author knows whether it answers the same
again (see `remembering`).
"""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from llmops.core.callables import call, is_async, module_source_of
from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.core.names import did_you_mean
from llmops.domain.interaction import Reply
from llmops.domain.spending import count_call
from llmops.evals.targets.replies import read_reply

_GIVEN: Final = ("inputs", "repeat")  # parameters that are no inputs


@dataclass(frozen=True, slots=True)
class FunctionTarget:
    """Asks a function.

    Attributes:
        function: what is called, `def` or `async def`.
        path: `module:function`, as tables call it.
        arguments: given to it besides the inputs.
        version: what its author says it is; its identity holds the source code of its module too.
    """

    function: Callable[..., object]
    path: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    version: str = ""

    @property
    def refs(self) -> Mapping[str, str]:
        """Its identity: path, source code of its module, version and arguments."""
        identity = {
            "python": self.path,
            "source": digest("source", module_source_of(self.function)),
            "version": self.version,
            "arguments": dict(self.arguments),
        }
        return {"target": digest("target", identity)}

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Call it with the inputs of a case.

        Raises:
            InputError: the inputs do not fit its parameters, or it returned what is no answer. Its own exceptions pass.
        """
        arguments = self._arguments(inputs, repeat)
        took: list[float] = []

        def timed() -> object:
            """Take the function's own time, without that of a loop which is busy when it ends."""
            began = time.perf_counter()
            found = self.function(**arguments)
            if not inspect.isawaitable(found):
                took.append(time.perf_counter() - began)
            return found

        started = time.perf_counter()
        found = await (call(self.function, arguments) if is_async(self.function) else call(timed, {}))
        latency = took[0] if took else time.perf_counter() - started
        reply = read_reply(found, who=self.path, latency=latency)
        count_call(reply.usage)
        return reply if reply.at else reply.model_copy(update={"at": datetime.now(UTC)})

    def _arguments(self, inputs: Mapping[str, Json], repeat: int) -> dict[str, Json]:
        parameters = inspect.signature(self.function).parameters
        given = dict(self.arguments)
        if "repeat" in parameters and "repeat" not in inputs:
            given["repeat"] = repeat
        if "inputs" in parameters and "inputs" not in inputs:
            return {**given, "inputs": dict(inputs)}
        given |= inputs
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            for name in inputs:
                if name not in parameters:
                    raise InputError(
                        f"{self.path} takes no input {name!r}",
                        hint=f"{did_you_mean(name, parameters)} Or take **others, or all of them as `inputs`.",
                    )
        for name, parameter in parameters.items():
            needed = parameter.default is parameter.empty and parameter.kind not in (
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            )
            if needed and name not in given:
                raise InputError(
                    f"{self.path} needs the input {name!r}, which the case does not have",
                    hint=f"{did_you_mean(name, inputs)} Or give the parameter a default.",
                )
        return given


def wrap_function(
    function: object,
    path: str,
    *,
    arguments: Mapping[str, Json],
    version: str = "",
) -> FunctionTarget:
    """Make a target of what was imported.

    Raises:
        InputError: it is no function, its parameters cannot be given by name, or it takes no such argument.
    """
    if not callable(function) or isinstance(function, type):
        raise InputError(f"target {path!r} is no function", hint="Name a function that takes the inputs of a case.")
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise InputError(f"target {path!r}: parameter {name!r} cannot be given by name", hint="Remove the `/`.")
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in arguments:
        if name in _GIVEN or (name not in parameters and not takes_any):
            known = [known for known in parameters if known not in _GIVEN]
            raise InputError(f"target {path!r} takes no argument {name!r}", hint=did_you_mean(name, known))
    return FunctionTarget(function, path, dict(arguments), version)
