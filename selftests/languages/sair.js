// A chat server with names, notices and an exit word (dialect sair), as Node.js likes it: one thread, events.
const net = require("node:net");

const people = new Set(); // who is logged in

function tell(text, but) {
  console.log(text);
  for (const socket of people) {
    if (socket !== but) {
      socket.write(`${text}\n`); // what a slow reader does not take is kept; nobody waits for it
    }
  }
}

function freeName(wanted) {
  const taken = new Set([...people].map((socket) => socket.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) {
    name = `${wanted} (${number})`;
  }
  return name;
}

function leave(socket) {
  if (people.delete(socket)) {
    tell(`${socket.name} saiu do chat.`);
  }
}

function hear(socket, text) {
  if (text.trim() === "sair") {
    leave(socket);
    socket.end();
  } else if (socket.name === undefined) {
    socket.name = freeName(text.trim() || "visitante");
    tell(`${socket.name} entrou no chat!`);
    people.add(socket);
  } else if (text.trim()) {
    tell(`${socket.name}: ${text.replace(/\r?\n$/, "")}`, socket);
  }
}

const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.setKeepAlive(true); // a pulled cable is found some day
  socket.setEncoding("utf8"); // a character that two reads cut is put together
  socket.on("data", (text) => hear(socket, text));
  socket.on("error", () => {}); // a reset; "close" follows
  socket.on("close", () => leave(socket));
});

server.listen(5555, "0.0.0.0", () => console.log("listening on port 5555"));
