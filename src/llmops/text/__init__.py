"""Text: strict YAML, records, sentences and sandboxed templates; it knows files but no artifact."""
