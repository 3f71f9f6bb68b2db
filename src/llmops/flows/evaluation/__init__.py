"""From a suite to a report: what is asked, what it is measured against, how it is run."""
