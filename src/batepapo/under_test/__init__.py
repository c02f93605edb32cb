"""The server and the client under test: command, build, start, terminal, and why they did not come."""
