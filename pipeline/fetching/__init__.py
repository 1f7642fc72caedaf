"""Getting bytes from other people's servers: politely, within limits, and never from where they must not come."""
