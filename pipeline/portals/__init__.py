"""What the portals say about their data: where files are, what data sets there are, what changed."""
