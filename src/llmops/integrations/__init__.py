"""What other tools load to work with llmops."""
