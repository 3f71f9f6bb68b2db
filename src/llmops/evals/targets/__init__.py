"""What is asked besides apps and prompts: functions, HTTP services, recorded outputs, retrieval alone."""
