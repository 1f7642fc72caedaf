"""What a benchmark does in a process of its own, so that the measuring one stays small. One JSON object in, one out."""
