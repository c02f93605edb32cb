"""The code of clients that the tests beside this file start."""

CHATS = """
    import socket, threading
    sock = socket.create_connection(("127.0.0.1", 5555))

    def show():
        while data := sock.recv(4096):
            print(data.decode(), end="", flush=True)

    threading.Thread(target=show, daemon=True).start()
    while True:
        sock.sendall(f"{input()}\\n".encode())
"""

ASKS = """
    import socket
    host = input("Endereço do servidor: ")
    port = int(input("Porta: "))
    sock = socket.create_connection((host, port))
    sock.sendall(input("Seu nome: ").encode())
    input()
"""
