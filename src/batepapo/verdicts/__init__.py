"""Clause, verdict, facts, exit status, results file: data and law; nothing here runs anything."""
