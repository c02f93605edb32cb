"""asyncio; `late SECONDS ...` is relayed so much later.  usage: aio.py [DELAY_S]"""

import asyncio
import sys

delay_s = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
writers = set()


async def serve(reader, writer):
    writers.add(writer)
    while line := await reader.readline():
        if line == b"noop\n":
            continue
        late_s = float(line.split()[1]) if line.startswith(b"late ") else delay_s
        if late_s:
            await asyncio.sleep(late_s)
        for other in writers:
            if other is not writer:
                other.write(line)
    writers.discard(writer)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 5555)
    await server.serve_forever()


asyncio.run(main())
