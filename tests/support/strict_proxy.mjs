// A proxy as some offices have it: plain HTTP passes, WebSocket does not; and, where it is told so,
// what should arrive bit by bit is kept until its end.

import { createServer, request } from 'node:http';

export class StrictProxy {
  /** Forwards to `server`; `keeps_streams`: gathers an answer until it ends. */
  static async start(server, { keeps_streams = false } = {}) {
    const proxy = new StrictProxy();
    proxy.refused_upgrades = 0;
    proxy.http = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const onward = request({ host: '127.0.0.1', port: server.port, method, path: url, headers }, (answer) => {
        const is_stream = (answer.headers['content-type'] ?? '').startsWith('text/event-stream');
        outgoing.writeHead(answer.statusCode, answer.headers);
        outgoing.flushHeaders();
        if (is_stream && keeps_streams) {
          const kept = [];
          answer.on('data', (bytes) => kept.push(bytes));
          answer.on('end', () => outgoing.end(Buffer.concat(kept)));
        } else {
          answer.pipe(outgoing);
        }
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
    proxy.http.on('upgrade', (_, socket) => {
      ++proxy.refused_upgrades;
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    await new Promise((resolve) => proxy.http.listen(0, '127.0.0.1', resolve));
    proxy.origin = `http://127.0.0.1:${proxy.http.address().port}`;
    return proxy;
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
