"""Telling people in time: incidents, once when they begin and once when they end."""
