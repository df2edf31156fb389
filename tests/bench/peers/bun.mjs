// Bun's own publish and subscribe. What comes from /publish goes to everybody else.

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, self) {
    const reads = new URL(request.url).pathname !== '/publish';
    return self.upgrade(request, { data: { reads } }) ? undefined : new Response('', { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      if (socket.data.reads) socket.subscribe('all');
    },
    message(socket, message) {
      server.publish('all', message);
    },
  },
});
console.log(JSON.stringify({ event: 'ready', pid: process.pid, port: server.port }));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
