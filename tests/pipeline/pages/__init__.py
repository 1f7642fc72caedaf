"""Pages of INMETRO's registry, made by hand in their real form."""
