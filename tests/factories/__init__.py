"""Factories of the models, one module an app. They write through the ORM into the real database."""
