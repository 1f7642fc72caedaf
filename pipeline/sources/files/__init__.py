"""Datasets that are only declared, a module each. A new one is a module and its name here: docs/adding-a-source.md."""

from pipeline.sources.files.generation_agents import GENERATION_AGENTS
from pipeline.sources.files.power_plants import POWER_PLANTS

FILE_SOURCES = (GENERATION_AGENTS, POWER_PLANTS)
