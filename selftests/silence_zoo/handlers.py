"""`socketserver`: its accepting thread polls the listening socket every half second."""

import socketserver

outputs = []


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        outputs.append(self.wfile)
        for line in self.rfile:
            for output in outputs:
                if output is not self.wfile and line != b"noop\n":
                    output.write(line)
        outputs.remove(self.wfile)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", 5555), Handler).serve_forever(poll_interval=0.1)
