"""Layers of cache between a reader and PostgreSQL: Redis, then DynamoDB. The cache is never the truth."""
