"""What a judge is shown of a sample: question, reference, contexts, conversation."""

import json
from collections.abc import Mapping

from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.ports import Sample
from llmops.evals.scorers.expectations import accepted_texts


def question_of(inputs: Mapping[str, Json]) -> str:
    """What was asked: the input `question`, the last user turn of `messages`, or the only text among the inputs."""
    if isinstance(inputs.get("question"), str):
        return str(inputs["question"])
    asked = [turn["content"] for turn in turns_of(inputs) if turn["role"] == "user"]
    if asked:
        return asked[-1]
    texts = [value for value in inputs.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else ""


def reference_of(case: Sample | Case) -> str:
    """The answer that is expected, the first one where there are several; empty where there is none."""
    answers = accepted_texts(case.expectations, "answer")
    return answers[0].strip() if answers else ""


def context_texts(sample: Sample) -> list[str]:
    """The contexts in rank order, blank ones left out."""
    return [context.text for context in sample.contexts if context.text.strip()]


def turns_of(inputs: Mapping[str, Json]) -> list[dict[str, str]]:
    """The turns of `inputs.messages` as role and content; tool calls are written out."""
    messages = inputs.get("messages")
    if not isinstance(messages, (list, tuple)):
        return []
    return [
        {"role": str(turn.get("role") or "user"), "content": _content(turn)}
        for turn in messages
        if isinstance(turn, Mapping)
    ]


def conversation_of(sample: Sample) -> list[dict[str, str]]:
    """The whole conversation: the turns before, the question where no turn holds it, and the answer with its tool calls."""
    turns = turns_of(sample.inputs)
    question = question_of(sample.inputs)
    if question and all(turn["content"] != question for turn in turns):
        turns.append({"role": "user", "content": question})
    calls = [
        f"calls the tool {call.name} with {json.dumps(call.arguments, ensure_ascii=False)}"
        for call in (sample.reply.tool_calls if sample.reply else ())
    ]
    said = "\n".join([*([sample.output] if sample.output.strip() else []), *calls])
    if said:
        turns.append({"role": "assistant", "content": said})
    return turns


def _content(turn: Mapping[str, Json]) -> str:
    """What a turn says; a call of a tool is what an assistant does in place of it."""
    content = turn.get("content")
    lines = [content if isinstance(content, str) else "" if content is None else json.dumps(content)]
    for call in turn.get("tool_calls") or ():
        function = call.get("function", call) if isinstance(call, Mapping) else {}
        lines.append(f"calls the tool {function.get('name', '?')} with {function.get('arguments', '')}")
    return "\n".join(line for line in lines if line)
