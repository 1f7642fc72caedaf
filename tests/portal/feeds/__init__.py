"""One module a kind of answer, each built from the same catalogue, in the form the real servers have."""
