"""Users at terminals of the client under test."""
