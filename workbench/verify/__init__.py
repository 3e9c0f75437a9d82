"""What a trial earned, and the log that keeps promises, decisions, costs and verdicts. Imports nothing of tuning."""
