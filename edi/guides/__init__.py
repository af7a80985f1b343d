"""What a document may contain, and whether it does.

Other rooms use `guide` (load, select, the model), `document` (the tree of a transaction) and `validation` (the report); the rest
is how they are made. `rules` and `codes` have what goes beyond a guide's structure.
"""
