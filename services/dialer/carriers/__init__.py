"""Carriers: who places, inspects and ends calls."""
