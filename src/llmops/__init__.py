"""Local-first LLMOps: one chain from a change to its consequences."""
