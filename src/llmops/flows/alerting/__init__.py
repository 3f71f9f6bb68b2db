"""Alerts: from streams that drift to one alert a cause, those who are told, and the rollback."""
