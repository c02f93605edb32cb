"""The longer steps of the checks: plain functions on a room's public verbs, a file for each area that has some."""
