"""Claims that were sent, with all that became of them, made the claims that mend them and the packets of appeals."""
