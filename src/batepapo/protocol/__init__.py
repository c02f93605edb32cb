"""Bytes and events, dialects and their files: pure, with no socket, no clock and no process."""
