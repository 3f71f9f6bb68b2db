"""Everything that can go wrong, in one tree.

LlmopsError                 exit  what happened                                     example
├── InputError                 2  what was typed or written cannot be used          an unknown flag value
│   ├── InvalidFile            2  a file of the workspace is wrong at a line        unknown key `scorrers`
│   ├── InvalidRef             2  a ref that cannot be read                         `prompt/@3`
│   ├── NotFound               2  a well-formed name that nothing answers to        `prompt/anwser@3`
│   ├── SettingsError          2  a setting that cannot be used                     `LLMOPS_CACHE_ALIAS_TTL=soon`
│   ├── RenderError            2  a template or its values                          missing variable `question`
│   ├── ExtraMissing           2  an optional dependency is not installed           chromadb
│   └── WrongLoop              2  a sync call on the background event loop          an async scorer calling `app.ask`
├── CheckFailed                1  a gate, check or verification failed or is open   gate `contains` unknown
│   └── BudgetSpent            1  a budget ended a run before it was complete       `--budget 5`
├── Conflict                   1  someone else was faster                           alias moved meanwhile
└── OutsideError               3  the world outside failed
    ├── ModelError             3  a chat or embedding model did not answer          connection refused, 401, 429
    │   └── JudgeLost          3  a judge has never answered, so no score can be    no key for the suite's judge
    ├── StoreError             3  the database or blob store did not work           disk full, read-only folder
    └── VectorStoreError       3  the vector store did not work                     unreadable Chroma folder
        └── VectorStoreDown    3  the server of the vector store does not answer    connection refused

`message` says what happened, with the value; `hint` says what to type next. The command line prints both.
"""

from pathlib import Path


class LlmopsError(Exception):
    """Carry what happened (`message`), what to do next (`hint`) and the process exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InputError(LlmopsError):
    """What was typed or written cannot be used."""


class InvalidFile(InputError):
    """A file is wrong; `path`, and where known `line` (from 1) and `key`, say where."""

    def __init__(
        self, path: str | Path, problem: str, *, line: int | None = None, key: str | None = None, hint: str = ""
    ) -> None:
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {problem}", hint=hint)
        self.path = str(path)
        self.problem = problem
        self.line = line
        self.key = key


class InvalidRef(InputError):
    """A ref that does not read as [KIND/]NAME[@SELECTOR]."""


class NotFound(InputError):
    """A well-formed name that nothing answers to."""


class SettingsError(InputError):
    """A setting that cannot be used; the message names the key and where its value came from."""


class RenderError(InputError):
    """A template that does not render with the values given."""


class ExtraMissing(InputError):
    """An optional dependency is not installed; the hint is the pip line."""

    def __init__(self, library: str, extra: str, *, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs {library}, which is not installed", hint=f'pip install "llmops[{extra}]"')
        self.extra = extra


class WrongLoop(InputError):
    """A synchronous call was made on the background event loop, where it would wait for itself."""


class CheckFailed(LlmopsError):
    """A gate, check or verification failed, or could not be decided."""

    exit_code = 1


class BudgetSpent(CheckFailed):
    """A run ended before it was complete, because its budget was spent."""


class Conflict(LlmopsError):
    """The thing to be changed had been changed by someone else meanwhile."""

    exit_code = 1


class OutsideError(LlmopsError):
    """A model, database or network failed; trying again may help."""

    exit_code = 3


class ModelError(OutsideError):
    """A chat or embedding model did not give a usable answer; `status` is the HTTP status where there was one."""

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class JudgeLost(ModelError):
    """A judge did not answer any of several questions: the next thousand would go the same way."""


class StoreError(OutsideError):
    """The database or the blob store did not do what was asked."""


class VectorStoreError(OutsideError):
    """The vector store did not do what was asked."""


class VectorStoreDown(VectorStoreError):
    """The server that keeps the vectors does not answer; what it holds may be whole."""
