"""What people text to 12329 点播: understood by the first word, answered from the fund core by the bound number."""
