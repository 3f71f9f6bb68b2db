"""Moving an alias on evidence: what is required, what counts, who approved."""
