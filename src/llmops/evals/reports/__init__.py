"""What a run found, as a report in every format."""
