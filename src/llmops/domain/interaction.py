"""One request and its answer: messages, usage, replies."""

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.noun import Noun
from llmops.domain.usage import Usage as Usage
from llmops.domain.verdict import Action, Verdict

Role = Literal["system", "user", "assistant", "tool"]
InteractionSource = Literal["ask", "stream", "guard", "log"]

TEXTS: Final = ("inputs", "output", "contexts", "verdicts")
"""The fields of an interaction that are long: the log keeps them apart, and they are read where they are needed."""


class ToolCall(Noun):
    """A call that the model asks for; llmops returns it and never executes it."""

    id: str = ""
    name: str
    arguments: Json = None


class Message(Noun):
    """One turn in the OpenAI shape."""

    role: Role
    content: str = ""
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()


class ChatRequest(Noun):
    """What a chat model is asked. `question` and `contexts` repeat what the messages were rendered from, for models that
    are no language models (`offline/extractive`); language models never see them. Nor do they see `prompt` and `values`, the
    name and the inputs of a judge prompt, which `offline/support` reads. `repeat` keeps the replies of an evaluation's repeats
    apart in the reply cache and is never sent."""

    model: str
    messages: tuple[Message, ...]
    parameters: dict[str, Json] = Field(default_factory=dict)
    tools: tuple[dict[str, Json], ...] = ()
    output: dict[str, Json] | None = None
    question: str = ""
    contexts: tuple[Context, ...] = ()
    prompt: str = ""
    values: dict[str, Json] = Field(default_factory=dict)
    repeat: int = 0


class Token(Noun):
    """A token of an answer with the natural logarithm of its probability, and those that might have stood in its place."""

    text: str
    logprob: float
    top: dict[str, float] = Field(default_factory=dict)


class ChatReply(Noun):
    """What a chat model answered. `fingerprint` is the provider's own mark of the model that ran, where it gives one; `at`
    when it answered (UTC), of the original call also when the reply comes from the cache; `tokens` are there where they were
    asked for (`logprobs`) and the server gives their probabilities."""

    text: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    finish_reason: str = "stop"
    fingerprint: str = ""
    cached: bool = False
    at: datetime | None = None
    tokens: tuple[Token, ...] = ()


class Citation(Noun):
    """A mark `[n]` in the answer and the context it points to."""

    marker: int
    context_id: str
    key: str
    line: int | None = None
    end_line: int | None = None
    page: int | None = None


class Reply(Noun):
    """One answer of an app with everything that produced it.

    `refs` maps `app`, `prompt`, `rag`, `generation`, `sequence`, `model` to digests or names. `at` is when the model
    answered (UTC), None where a cache does not know; `fallback` says that it was not the first of the app's models.
    `unknown_citations` are numbers that the answer cites and no context has; `is_stale` says that the index may lack changes
    older than its configuration allows. `usage` is what retrieval and the model took together. `logprobs` are the
    log-probabilities of the answer's tokens, where they were asked for and the server gives them.
    """

    id: str
    text: str
    data: Json = None
    contexts: tuple[Context, ...] = ()
    citations: tuple[Citation, ...] = ()
    unknown_citations: tuple[int, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    finish_reason: str = "stop"
    model: str = ""
    fingerprint: str = ""
    cached: bool = False
    at: datetime | None = None
    fallback: bool = False
    verdicts: tuple[Verdict, ...] = ()
    blocked: bool = False
    is_stale: bool = False
    logprobs: tuple[float, ...] = ()
    refs: dict[str, str] = Field(default_factory=dict)


class Interaction(Noun):
    """One request and its answer as the log keeps them: with all that is needed to replay or judge them, texts after redaction.

    `source` says what wrote it: `ask`, `stream`, `guard` (a guarded request or function) or `log` (an application that
    asks models itself). `refs` are the digests that produced the answer; `action` is the heaviest of the verdicts;
    `verdicts` are those by stage, check and kind of finding, without texts. `user` and `session` are hashes with the
    workspace's salt. `metadata` are segments. `error` says what failed, `score` what people gave it last.
    """

    id: str
    at: datetime
    source: InteractionSource
    app: str = ""
    refs: dict[str, str] = Field(default_factory=dict)
    model: str = ""
    fingerprint: str = ""
    inputs: dict[str, Json] = Field(default_factory=dict)
    output: str = ""
    contexts: tuple[Context, ...] = ()
    verdicts: tuple[dict[str, Json], ...] = ()
    action: Action = "allow"
    finish_reason: str = ""
    error: str = ""
    user: str = ""
    session: str = ""
    metadata: dict[str, Json] = Field(default_factory=dict)
    usage: Usage = Usage()
    score: float | None = None

    @property
    def version(self) -> str:
        """The digest of the app."""
        return self.refs.get("app", "")


class Feedback(Noun):
    """What somebody says of an interaction: a score (thumbs are 0 and 1), what the answer should have been, a comment."""

    interaction_id: str
    at: datetime
    who: str = ""
    score: float | None = None
    correction: str | None = None
    comment: str = ""


class Wanted(Noun):
    """Which interactions are looked for; everything that is given must hold. `text` are words of question and answer, all
    of them wanted. `before` is the mark of the last one that was seen, for the next page; newest come first."""

    app: str = ""
    version: str = ""
    action: Action | None = None
    source: InteractionSource | None = None
    segments: dict[str, str] = Field(default_factory=dict)
    user: str = ""
    session: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    min_score: float | None = None
    max_score: float | None = None
    before: int | None = None
    limit: int = Field(default=50, ge=1)
