"""What applications write down through a workspace: interactions and what people say of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from llmops.core.hashing import Json
from llmops.core.names import new_id, parse_ref
from llmops.domain.artifact import Actor, Move
from llmops.domain.corpus import Context
from llmops.domain.interaction import Feedback, Reply
from llmops.workspace.opened import Opened


class Recorded(Opened):
    """An open workspace with its log of interactions."""

    def log_interaction(
        self,
        *,
        app: str = "",
        inputs: Mapping[str, Json],
        output: str,
        contexts: Sequence[Context | str] = (),
        user: str | None = None,
        session: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> str:
        """Write down an answer of an application that asks models itself; returns its id, for feedback.

        Texts are kept after redaction, by the policy of the app where one is named. It happens in the background.
        """
        from llmops.flows.interactions.entries import Entry

        self._for_writing()
        held = self._handles.app(parse_ref(app, "app")).pin(user=user, session=session) if app else None
        found = tuple(Context(id=str(n), text=c) if isinstance(c, str) else c for n, c in enumerate(contexts, 1))
        refs, policy = (dict(held.refs), held.policy) if held is not None else ({}, None)
        model = held.model if held is not None else ""
        reply = Reply(id=new_id("reply"), text=output, contexts=found, refs=refs, model=model)
        name, checks = parse_ref(app, "app").name if app else "", policy.policy if policy is not None else None
        entry = Entry("log", name, datetime.now(UTC), reply, inputs, user, session, metadata or {}, "", checks)
        self.log.put(entry)
        return reply.id

    def feedback(
        self,
        id: str,  # noqa: A002  # what it is called everywhere
        *,
        score: float | None = None,
        correction: str | None = None,
        comment: str = "",
        user: str = "",
    ) -> None:
        """Keep what somebody says of an answer: a score (thumbs are 0 and 1), what it should have been, a comment.

        Raises:
            NotFound: there is no interaction of that id.
        """
        from llmops.flows.interactions.redaction import Redaction

        self.log.flush()
        redact = Redaction()
        said = Feedback(
            interaction_id=id,
            at=datetime.now(UTC),
            who=self.log.hashed(user) if user else "",
            score=score,
            correction=None if correction is None else redact(correction, "output"),
            comment=redact(comment, "output"),
        )
        self._for_writing().store.interactions.add_feedback(said)

    def hashed(self, user: str) -> str:
        """What stands for a user or a session in the log."""
        return self.log.hashed(user)

    def forget(self, *, user: str = "", before: datetime | None = None, actor: Actor, reason: str = "") -> Move | None:
        """Delete the interactions of a user, or those from before a moment, with texts and feedback.

        Returns the row of the history that proves it; None where there was nothing to delete.
        """
        from llmops.storage.erasure import erase

        self.log.gather()
        hashed, database = self.hashed(user) if user else "", self._for_writing().store.database
        return erase(database, user=hashed, before=before, actor=actor, reason=reason, now=datetime.now(UTC))
