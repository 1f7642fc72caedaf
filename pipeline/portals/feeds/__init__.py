"""One module a feed: how its answers are read into entries. Every field is optional, and none may be what it should be."""
