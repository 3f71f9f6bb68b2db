"""Functions that people write, named `module:function` in a file: found, identified and called.

A plain function runs in a thread of its own, so that it may block for as long as it likes without keeping others from a
shared pool, and so that a program that is told to stop need not wait for it.
"""

import asyncio
import contextvars
import importlib
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean

_PATH: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_IMPORT_FAILURES: Final = (  # what importing a module of someone else may raise
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    SystemExit,
    TypeError,
    ValueError,
)


def is_function_path(text: str) -> bool:
    """Tell whether a text has the form `module:function`."""
    return _PATH.fullmatch(text) is not None


def import_attribute(path: str, root: Path, role: str) -> object:
    """Import `module:attribute` with the workspace folder on the path, which it leaves again.

    Args:
        path: what to import; `attribute` may go deeper, as in `app:service.answer`.
        root: the workspace folder.
        role: what it is used as, for messages (`scorer`, `target`).

    Raises:
        NotFound: there is no such module or attribute; the hint has the nearest name.
        InputError: the module fails while it is imported, or another one of that name was loaded before.
    """
    module_name, _, attribute = path.partition(":")
    top = module_name.partition(".")[0]
    with _on_path(root):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise InputError(f"{role} {path!r}: {error}", hint=f"pip install {error.name}") from error
            raise NotFound(
                f"there is no module {module_name!r} for {role} {path!r}",
                hint=f"Put {module_name.replace('.', '/')}.py below {root}, or install the package.",
            ) from error
        except _IMPORT_FAILURES as error:
            raise InputError(
                f"{role} {path!r}: importing {module_name} failed: {type(error).__name__}: {error}",
                hint=f'Try: python -c "import {module_name}"',
            ) from error
    here = [candidate for candidate in (root / top, root / f"{top}.py") if candidate.exists()]
    origin = getattr(module, "__file__", None)
    if here and origin is not None and not Path(origin).resolve().is_relative_to(root.resolve()):
        raise InputError(
            f"{role} {path!r}: {top!r} is already the module {origin}, not {here[0]}", hint="Rename yours."
        )
    found: object = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            known = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
            raise NotFound(f"module {module_name!r} has no {attribute!r}", hint=did_you_mean(attribute, known))
        found = getattr(found, part)
    return found


def source_of(function: Callable[..., object]) -> str:
    """The source code of a function, or of the class of a callable object; its name where there is none."""
    code = function if inspect.isroutine(function) else type(function)
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        return f"{code.__module__}.{code.__qualname__}"


def module_source_of(function: Callable[..., object]) -> str:
    """The source code of the whole module that a function stands in; of the function where that cannot be read."""
    code = function if inspect.isroutine(function) else type(function)
    module = inspect.getmodule(code)
    try:
        return inspect.getsource(module) if module is not None else source_of(function)
    except (OSError, TypeError):
        return source_of(function)


def match_arguments(
    function: object,
    who: str,
    arguments: Mapping[str, Json],
    *,
    offered: frozenset[str],
    also: Sequence[str],
    hint: str,
) -> tuple[str, ...]:
    """See that a function can be called with what is offered and the arguments that a file gives; which of the offered
    values it takes, in its own order.

    Args:
        function: what was imported.
        who: what messages call it: `scorer 'm:f'`.
        arguments: those that the file gives.
        offered: the names of the values that it may ask for.
        also: further keys that the file may have, for the nearest one when a key is wrong.
        hint: where to give an argument that is missing, with `{name}` for its name.

    Raises:
        InputError: it takes a parameter that nobody gives, not by name, or does not take an argument that is given.
    """
    assert callable(function)
    parameters = inspect.signature(function).parameters
    by_position = [p.name for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
    if by_position:
        raise InputError(
            f"{who}: parameter {by_position[0]!r} cannot be given by name", hint="Take parameters by name."
        )
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    own = [n for n, p in parameters.items() if n not in offered and p.kind is not p.VAR_KEYWORD]
    for given in arguments:
        if given not in own and not takes_any:
            raise InputError(f"{who} takes no argument {given!r}", hint=did_you_mean(given, [*own, *also]))
    for name in own:
        if name not in arguments and parameters[name].default is inspect.Parameter.empty:
            raise InputError(f"{who} needs the argument {name!r}", hint=hint.format(name=name))
    return tuple(name for name in parameters if name in offered)


def is_async(function: Callable[..., object]) -> bool:
    """Tell whether a function, or the call of an object, is `async def`."""
    return any(map(inspect.iscoroutinefunction, (function, type(function).__call__)))


async def call(function: Callable[..., object], arguments: Mapping[str, Json]) -> object:
    """Call a function, `def` or `async def`, and wait for what it gives; a plain one runs in a thread.

    Raises:
        RuntimeError: it ended the program (`sys.exit`) or let a StopIteration out, which no caller could tell from its own.
    """
    if is_async(function):
        return await _awaited(function(**arguments))
    found = await _in_thread(lambda: function(**arguments))
    return await _awaited(found) if inspect.isawaitable(found) else found


async def _awaited(work: object) -> object:
    assert inspect.isawaitable(work)
    try:
        found: object = await work
    except SystemExit as error:
        raise _ended(error) from error
    return found


async def _in_thread(work: Callable[[], object]) -> object:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[object] = loop.create_future()
    context = contextvars.copy_context()

    def settle(value: object, error: BaseException | None) -> None:
        if outcome.done():  # nobody waits any more
            return
        if error is None:
            outcome.set_result(value)
        else:
            outcome.set_exception(error)

    def run() -> None:
        value: object = None
        failure: BaseException | None = None
        try:
            value = context.run(work)
        except (SystemExit, StopIteration) as error:
            failure = _ended(error)
        except BaseException as error:  # noqa: BLE001  # wall: a failure goes to whoever waits
            failure = error
        try:
            loop.call_soon_threadsafe(settle, value, failure)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    threading.Thread(target=run, name="llmops-call", daemon=True).start()
    return await outcome


def _ended(error: BaseException) -> RuntimeError:
    told = "ended the program" if isinstance(error, SystemExit) else "let a StopIteration out"
    return RuntimeError(f"it {told}: {type(error).__name__}({error})")


@contextmanager
def _on_path(root: Path) -> Iterator[None]:
    """Put the workspace folder first on `sys.path`."""
    entry = str(root.resolve())
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(entry)
