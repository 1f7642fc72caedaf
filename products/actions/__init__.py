"""What may be done to the catalogue, and what follows: one module per theme, one keyword-only verb per action."""
