"""The built-in scorers, by family: small frozen dataclasses whose fields are their arguments."""
