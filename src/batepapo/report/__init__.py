"""Rendering of one results file. Nothing here runs anything."""
