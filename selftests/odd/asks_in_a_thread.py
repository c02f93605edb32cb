"""Asks for its port in a thread while the main one waits for its answer."""

import socket
import threading

answers = []
asking = threading.Thread(target=lambda: answers.append(int(input("Porta: "))))
asking.start()
asking.join()
listener = socket.create_server(("127.0.0.1", answers[0]))
while True:
    listener.accept()
