// Socket.IO with its default in-memory adapter; what one client says, all others get.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const server = new Server(http, { transports: ['websocket'] });
server.on('connection', (socket) => {
  socket.on('m', (text) => socket.broadcast.emit('m', text));
});
http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  console.log(JSON.stringify({ event: 'ready', pid: process.pid, port: http.address().port }));
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
