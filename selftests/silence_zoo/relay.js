// Node; relays after argv[2] milliseconds, if given; `late SECONDS ...` after that time.
const net = require('net'), delay_ms = +process.argv[2] || 0, clients = new Set();
net.createServer(client => {
  clients.add(client);
  client.on('data', line => {
    if (line == 'noop\n') return;
    const relay = () => { for (const other of clients) if (other !== client) other.write(line); };
    const words = String(line).split(' '), ms = words[0] == 'late' ? 1000 * words[1] : delay_ms;
    if (ms) setTimeout(relay, ms); else relay();
  });
  client.on('close', () => clients.delete(client));
  client.on('error', () => {});
}).listen(5555, '127.0.0.1');
