"""Rendering of verdicts and results. Nothing here runs anything."""
