"""Reading of one message: header block, structure, parts, addresses and date, each total and capped."""
