"""A room of users on the server under test."""
