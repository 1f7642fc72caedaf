"""What a dataset is about, worked out of its texts: by rules, or by a language model where one is configured."""
