"""A policy in the small workspace, and an app that is guarded by it."""

from pathlib import Path

POLICY = """\
input:
  - pii: {entities: [email, credit_card], action: redact}
  - secrets
  - injection
output:
  - pii: {entities: [email], action: redact}
  - phrases: {file: policies/banned.txt}
block_message: That is not for me.
"""


def add_policy(root: Path, text: str = POLICY, *, app: str = "policy: chat\n") -> Path:
    """Write policies/chat.yaml with the file it names, and put the policy into apps/docs.yaml; returns the policy's file."""
    folder = root / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "banned.txt").write_text("# what we never say\nthree years\n")
    path = folder / "chat.yaml"
    path.write_text(text)
    docs = root / "apps" / "docs.yaml"
    docs.write_text(docs.read_text() + app)
    return path
