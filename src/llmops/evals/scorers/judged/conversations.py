"""Judged scorers of conversations and agents: over the turns of `inputs.messages` and the answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Sample
from llmops.evals.hearing import Hearing
from llmops.evals.scorers.judged.definition import Judged, share
from llmops.evals.scorers.judged.reading import conversation_of, turns_of


@dataclass(frozen=True)
class ConversationCompleteness(Judged):
    """Measure how much of what the user wanted the conversation gave.

    Definition: the judge lists what the user wants in the conversation, and says for each whether the assistant satisfied it
    by the end; the share that it did. The conversation is `inputs.messages` and the output.
    Range: 0 to 1; higher is better. Empty input: a conversation in which the user wants nothing is not applicable.
    Source: DeepEval's conversation completeness.
    Judge calls: 2 a draw.
    """

    name = "conversation_completeness"
    prompts = ("judge/intentions", "judge/conversation_completeness")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to list, one to judge."""
        return 2

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """List what the user wants, and judge what became of it."""
        conversation = conversation_of(sample)
        if all(turn["role"] != "user" for turn in conversation):
            return Score.not_applicable("no turn of a user")
        wanted = await hearing.texts("judge/intentions", "intentions", {"conversation": conversation})
        if not wanted:
            return Score.not_applicable("the user wants nothing")
        found = await hearing.rule(
            "judge/conversation_completeness", wanted, {"conversation": conversation}, key="intentions"
        )
        return share(found, "intentions satisfied", wanted)


@dataclass(frozen=True)
class ConversationKnowledgeRetention(Judged):
    """Measure how much of what the user said the assistant keeps in mind.

    Definition: the judge says of each turn of the assistant, the output last, whether it is consistent with what the user
    said before: whether it neither asks again, nor forgets, nor contradicts; the share of turns that are.
    Range: 0 to 1; higher is better. Empty input: a conversation without a turn of the assistant is missing.
    Source: DeepEval's knowledge retention.
    Judge calls: 1 a draw.
    """

    name = "conversation_knowledge_retention"
    prompts = ("judge/conversation_knowledge_retention",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to judge."""
        return 1

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge each turn of the assistant."""
        return await _share_of_turns(hearing, sample, self.prompts[0], "turns keep what was said", {})


@dataclass(frozen=True)
class ConversationRoleAdherence(Judged):
    """Measure how well the assistant keeps to its role.

    Definition: the judge says of each turn of the assistant, the output last, whether it is within its role; the share of
    turns that are. The role is the argument `role`, or the system message of `inputs.messages`.
    Range: 0 to 1; higher is better. Empty input: a conversation without a turn of the assistant is missing; no role: not
    applicable.
    Source: DeepEval's role adherence.
    Judge calls: 1 a draw.
    """

    role: str = ""
    name = "conversation_role_adherence"
    prompts = ("judge/conversation_role_adherence",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to judge."""
        return 1 if self._role(case.inputs) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge each turn of the assistant."""
        role = self._role(sample.inputs)
        if not role:
            return Score.not_applicable("no role, and no system message")
        return await _share_of_turns(hearing, sample, self.prompts[0], "turns keep to the role", {"role": role})

    def _role(self, inputs: Mapping[str, Json]) -> str:
        said = [turn["content"] for turn in turns_of(inputs) if turn["role"] == "system"]
        return self.role.strip() or (said[0].strip() if said else "")


@dataclass(frozen=True)
class GoalAccuracy(Judged):
    """Tell whether an agent reached its user's goal.

    Definition: 1 if the judge finds that the end of the conversation is what the goal asks for, all of it, else 0. The goal
    is `expectations.goal`, or what the judge takes from the user's turns. The conversation is `inputs.messages` and the
    output, tool calls included.
    Range: 0 or 1; higher is better. Empty input: an empty conversation is not applicable.
    Source: Ragas' agent goal accuracy.
    Judge calls: 1 a draw.
    """

    name = "goal_accuracy"
    prompts = ("judge/goal_accuracy",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to judge."""
        return 1

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge the end of the conversation."""
        conversation = conversation_of(sample)
        if not conversation:
            return Score.not_applicable("no conversation")
        goal = sample.expectations.get("goal")
        values = {"goal": "" if goal is None else str(goal), "conversation": conversation}
        found = (await hearing.ask("judge/goal_accuracy", values)).value
        reached = found["verdict"] == "yes"
        return Score(value=float(reached), passed=reached, reason=f"{found['goal'][:100]}: {found['reason'][:300]}")


@dataclass(frozen=True)
class ToolUse(Judged):
    """Measure how many of an agent's tool calls are right.

    Definition: the judge says of each tool call of the answer whether it is the right tool with the right arguments for what
    the user wants, and whether a call that was needed is missing; right calls / (calls + 1 if one is missing). The tools
    that there are stand in `inputs.tools`, where the case has them.
    Range: 0 to 1; higher is better. Empty input: no calls: 1 where none is missing, else 0; an answer without a reply, as in
    scoring texts alone, is missing.
    Source: the project's own, after the tool correctness of DeepEval and Ragas; `expectations` are not looked at.
    Judge calls: 1 a draw.
    """

    name = "tool_use"
    prompts = ("judge/tool_use",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to judge."""
        return 1

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge each call."""
        if sample.reply is None:
            return Score.missing("no reply to take tool calls from")
        calls = [f"{call.name} {_written(call.arguments)}" for call in sample.reply.tool_calls]
        offered = sample.inputs.get("tools")
        tools = [_written(tool) for tool in offered] if isinstance(offered, (list, tuple)) else []
        values = {"conversation": conversation_of(sample), "tools": tools, "calls": calls}

        def miscounted(value: Json) -> str:
            numbers = [verdict["number"] for verdict in value["verdicts"]]
            wanted = list(range(1, len(calls) + 1))
            return "" if numbers == wanted else f"the verdicts are numbered {numbers}, not {wanted}"

        found = (await hearing.ask("judge/tool_use", values, complaint=miscounted)).value
        right = sum(verdict["verdict"] == "yes" for verdict in found["verdicts"])
        reason = f"{right} of {len(calls)} calls right" + (", one is missing" if found["missing"] else "")
        total = len(calls) + found["missing"]
        return Score(value=right / total if total else 1.0, reason=reason)


async def _share_of_turns(
    hearing: Hearing, sample: Sample, prompt: str, said: str, values: Mapping[str, Json]
) -> Score:
    conversation = conversation_of(sample)
    turns: Sequence[str] = [turn["content"] for turn in conversation if turn["role"] == "assistant"]
    if not turns:
        return Score.missing("no turn of the assistant")
    found = await hearing.rule(prompt, turns, {**values, "conversation": conversation}, key="turns")
    return share(found, said, turns)


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
