"""How good a policy is: what it catches of labelled texts, what it wrongly catches, and how long it takes."""
