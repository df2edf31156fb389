// Many connections: targets 6 to 9.

import { Room } from './fanout.mjs';
import { Tool, load_core, pause, server_core } from './tool.mjs';

const poll_ms = 50;
const leave_timeout_ms = 30_000;
// Memory is given back once a storm is over, not in the middle of it.
const memory_back_s = 4;

/** Readers that wait, and what each costs: memory (6) and time (7). */
export async function idle({ connections, idle_seconds }) {
  const room = await Room.open(0);
  const per = (bytes) => (bytes - room.empty_bytes) / connections;
  const base = room.empty_bytes;
  await room.load.ask('connect', { n: connections, ...room.target, deflate: 1 });
  const before = await room.load.ask('measure', { seconds: 2 });
  const quiet_bytes = room.rss();
  const waited = await room.load.ask('measure', { seconds: idle_seconds });
  await room.measure('comments', { changes_per_s: 5, seconds: 3 });
  const used_bytes = room.rss();
  await room.load.ask('drop');
  await all_left(room);
  await room.load.ask('measure', { seconds: memory_back_s }); // when it has given back what they had
  const left_bytes = room.rss();
  await room.close();
  return {
    connections,
    base_bytes: base,
    bytes_each: per(quiet_bytes),
    bytes_each_after_traffic: per(used_bytes),
    bytes_each_after_leaving: per(left_bytes),
    cpu_us_each: (waited.server_cpu_s * 1e6) / waited.seconds / connections,
    idle_seconds,
    pings: waited.pings + before.pings,
    closed: waited.closed,
  };
}

/** Waits until the server has seen that its connections are gone. */
async function all_left(room) {
  const until = performance.now() + leave_timeout_ms;
  while (performance.now() < until) {
    const metrics = await (await fetch(`http://127.0.0.2:${room.ready.ops_port}/metrics`)).text();
    const found = /^parley_connections(?:\{[^}]*\})? (\d+)/m.exec(metrics);
    if (!found) throw new Error(`no parley_connections in:\n${metrics}`);
    if (Number(found[1]) === 0) return;
    await pause(poll_ms);
  }
  throw new Error('the server still counts connections that were dropped');
}

/** Target 8: from nothing to a subscription with its catch-up, beside a bare connect and accept. */
export async function connects({ connections }) {
  const floor = new Tool(server_core, 'bench_floor', ['fanout']);
  const { port } = await floor.line();
  const floor_load = new Tool(load_core, 'bench_load');
  const bare = await floor_load.ask('connect', { n: connections, port, flavour: 'tcp', path: '/' });
  const upgraded = await floor_load.ask('connect', { n: connections, port, flavour: 'plain', path: '/' });
  await floor_load.stop();
  await floor.stop();
  const room = await Room.open(connections);
  const ours = room.connected;
  await room.close();
  return {
    connects_per_s: ours.connects_per_s,
    floor_connects_per_s: bare.connects_per_s,
    floor_upgrades_per_s: upgraded.connects_per_s,
    server_cpu_us_each: (ours.server_cpu_s * 1e6) / connections,
    load_share: ours.load_share,
  };
}

/** Target 9: all drop at once, something is posted, all come back and ask for it. */
export async function storm({ connections }) {
  const room = await Room.open(connections);
  await room.load.ask('drop');
  await all_left(room);
  const { seq } = await room.server.ask('post', { count: 10 });
  const before = await room.server.ask('counts');
  const back = await room.load.ask('resume', { goal: seq });
  const after = await room.server.ask('counts');
  await room.close();
  return {
    seconds: back.seconds,
    p50_ms: back.up.p50_ms,
    p99_ms: back.up.p99_ms,
    changes_reads: after.changes_reads - before.changes_reads,
    reloads: back.reloads,
    load_share: back.load_share,
  };
}
