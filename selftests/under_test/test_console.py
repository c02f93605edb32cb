"""What a program prints: read without waiting, its beginning and its end kept."""


def test_a_flood_is_read_in_bites_and_its_middle_is_dropped(serve):
    server = serve("import socket; s = socket.create_server(('', 5000)); print('first')\nwhile True: print('x' * 79)")
    read = 0
    while read < 1 << 20:
        new = server.read_console()
        assert len(new) <= 256 * 1024 + 65536
        read += len(new)

    assert len(server.output) < 100 * 1024
    assert server.output.startswith(b"first\r\n")
    assert b"bytes left out ..." in server.output
    assert server.last_lines(3)[1] == "x" * 79
