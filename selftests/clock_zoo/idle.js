// An echo server with an idle limit, in each way that Node.js has for it: node idle.js TECHNIQUE [SECONDS].
const net = require("net");
const technique = process.argv[2];
const idleMs = 1000 * Number(process.argv[3] || 30);

net.createServer((client) => {
    let last = Date.now();
    let timer;
    const letGo = () => {
        clearInterval(timer);
        client.end("TIMEOUT\n");
    };
    client.on("error", () => {});
    if (technique === "setTimeout") timer = setTimeout(letGo, idleMs);
    if (technique === "socket.setTimeout") client.setTimeout(idleMs, letGo);
    if (technique === "setInterval") timer = setInterval(() => Date.now() - last >= idleMs && letGo(), 1000);
    client.on("data", (data) => {
        last = Date.now();
        if (technique === "setTimeout") {
            clearTimeout(timer);
            timer = setTimeout(letGo, idleMs);
        }
        client.write(data);
    });
    client.on("close", () => {
        clearTimeout(timer);
        clearInterval(timer);
    });
}).listen(8000, "127.0.0.1");
