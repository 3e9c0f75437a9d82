"""Commands of the proof - review, trial, verify, ledger - one file each with an `add_commands(command)` for the parser."""

COMMANDS: tuple[str, ...] = ("review", "trial", "verify", "ledger")  # modules of this folder, in the order of the help
