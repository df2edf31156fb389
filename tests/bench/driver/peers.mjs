// The same fan-out work by others: 204-byte messages to 1,000 subscribers. Their publisher is a
// connection of the load generator; ours is a thread on the same core.

import { join } from 'node:path';
import { climb, readers_count } from './fanout.mjs';
import { start_nginx } from './nginx.mjs';
import { Tool, folder, load_core, rss_bytes, server_core } from './tool.mjs';

const message_bytes = 204;

async function script(command, name) {
  const tool = new Tool(server_core, name, [join(folder, 'peers', `${name}.mjs`)], { command });
  const { pid, port } = await tool.line();
  return { pid, port, stop: () => tool.kill() };
}

const bun = join(folder, 'node_modules/.bin/bun');
const peers = {
  bun: { begin: () => script(bun, 'bun'), path: '/', publish_path: '/publish' },
  ws: { begin: () => script(process.execPath, 'ws'), path: '/', publish_path: '/publish' },
  'socket.io': {
    begin: () => script(process.execPath, 'socketio'),
    path: '/socket.io/?EIO=4&transport=websocket',
    flavour: 'socketio',
  },
  nchan: { begin: () => start_nginx(server_core), path: '/subscribe', publish_path: '/publish' },
};

async function open(name, readers) {
  const { begin, path, flavour = 'plain' } = peers[name];
  const server = await begin();
  const load = new Tool(load_core, 'bench_load');
  await load.ask('watch', { pid: server.pid });
  const base_bytes = rss_bytes(server.pid);
  const connected = await load.ask('connect', { n: readers, port: server.port, flavour, path });
  return { server, load, connected, base_bytes };
}

/** Readers that wait, compression left out where it is a setting. */
async function idle(name, connections) {
  const { server, load, connected, base_bytes } = await open(name, connections);
  await load.ask('measure', { seconds: 2 });
  const bytes_each = (rss_bytes(server.pid) - base_bytes) / connections;
  await load.stop();
  await server.stop();
  return { bytes_each, connects_per_s: connected.connects_per_s };
}

async function measure(name, { rate, seconds }) {
  const { path, publish_path = path } = peers[name];
  const { server, load } = await open(name, readers_count);
  const seen = await load.ask('measure', {
    seconds,
    warm_up: 1,
    publish: rate,
    bytes: message_bytes,
    publish_path,
  });
  await load.stop();
  await server.stop();
  seen.deliveries_per_s = seen.steps_per_s;
  seen.delivered_share = seen.steps_per_s / (rate * readers_count);
  return seen;
}

async function fan_out(name, { seconds, connections }) {
  const waiting = await idle(name, connections);
  const single = await measure(name, { rate: 50, seconds });
  const busy = await measure(name, { rate: 1_000, seconds });
  // One that is overloaded already does not climb.
  const best =
    busy.delivered_share < 0.9 ? busy : await climb((rate) => measure(name, { rate, seconds }));
  return {
    ...waiting,
    single_per_core_s: single.steps_per_core_s,
    single_p50_ms: single.p50_ms,
    single_p99_ms: single.p99_ms,
    busy_per_core_s: busy.steps_per_core_s,
    busy_delivered_share: busy.delivered_share,
    busy_p99_ms: busy.p99_ms,
    deliveries_per_s: best.deliveries_per_s,
    lost: single.lost + busy.lost,
  };
}

/** One measurement for each of them. */
export const peer_measures = Object.fromEntries(
  Object.keys(peers).map((name) => [name, (options) => fan_out(name, options)]),
);
