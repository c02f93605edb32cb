"""What /proc and the sockets tell of a running program: quiescent, waiting for a key, or busy."""
