"""Gates: pass, fail or unknown."""
