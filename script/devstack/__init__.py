"""The developer's machine: local services, preparation, server, gates. Standard library only, runs before the venv exists."""
