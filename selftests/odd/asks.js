// Asks for its port before it listens, by readline: its only thread waits in epoll, with no timer.
const questions = require("readline").createInterface({ input: process.stdin, output: process.stdout });
questions.question("Porta: ", (port) => require("net").createServer().listen(Number(port)));
