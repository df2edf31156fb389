// ws, with the loop over all clients that its documentation shows.

import WebSocket, { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  socket.reads = request.url !== '/publish';
  socket.on('error', () => {});
  socket.on('message', (message) => {
    for (const client of server.clients) {
      if (client.reads && client.readyState === WebSocket.OPEN) client.send(message, { binary: false });
    }
  });
});
server.on('listening', () => {
  console.log(JSON.stringify({ event: 'ready', pid: process.pid, port: server.address().port }));
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
