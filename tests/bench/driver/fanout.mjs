// The live engine under load: targets 1 to 5 and 10.

import { Tool, load_core, rss_bytes, server_core } from './tool.mjs';

export const readers_count = 1_000;

/** The real server and so many readers of one discussion. */
export class Room {
  static async open(readers, { sets = [], connect = {}, posts = 20, from_start = true } = {}) {
    const room = new Room();
    const args = ['--core', String(load_core), ...sets.flatMap((set) => ['--set', set])];
    room.server = new Tool(server_core, 'bench_server', args);
    room.ready = await room.server.line();
    room.load = new Tool(load_core, 'bench_load');
    await room.load.ask('watch', { pid: room.ready.pid, without: room.ready.control_thread });
    room.discussion = await room.server.ask('discussion', { posts });
    room.empty_bytes = rss_bytes(room.ready.pid);
    room.target = {
      port: room.ready.port,
      topic: room.discussion.topic,
      epoch: room.ready.epoch,
      ...(from_start ? { since: 0 } : {}),
      ...connect,
    };
    room.connected = await room.load.ask('connect', { n: readers, ...room.target });
    return room;
  }

  rss() {
    return rss_bytes(this.ready.pid);
  }

  /** Changes at this rate, before, while and after they are measured. */
  async measure(kind, { changes_per_s, batch = 1, seconds, warm_up = 1, on = 50, body = 204 }) {
    const rate = changes_per_s / batch;
    this.server.send(kind, { rate, batch, on, body, seconds: warm_up + seconds + 30 });
    const interval_ns = Math.round(1e9 / rate);
    const seen = await this.load.ask('measure', { seconds, warm_up, batch, interval_ns });
    const counts = this.server.ask('counts'); // its line ends the schedule
    seen.schedule = await counts;
    await this.server.line();
    seen.deliveries = seen.steps * batch;
    seen.deliveries_per_s = seen.deliveries / seen.seconds;
    seen.cpu_us_per_delivery = (seen.server_cpu_s * 1e6) / seen.deliveries;
    seen.per_core_s = seen.deliveries / seen.server_cpu_s;
    seen.delivered_share = seen.deliveries_per_s / (changes_per_s * this.connected.connected);
    return seen;
  }

  async close() {
    await this.load.ask('drop');
    await this.load.stop();
    await this.server.stop();
  }
}

/** One send() of the same bytes for each event and reader, by a loop that does nothing else. */
export async function send_floor(readers, { rate, bytes, seconds }) {
  const floor = new Tool(server_core, 'bench_floor', ['fanout']);
  const { pid, port } = await floor.line();
  const load = new Tool(load_core, 'bench_load');
  await load.ask('watch', { pid });
  await load.ask('connect', { n: readers, port, flavour: 'plain', path: '/' });
  floor.send('send', { rate, bytes, seconds: seconds + 30 });
  const seen = await load.ask('measure', { seconds, warm_up: 1 });
  floor.send('quit');
  const sent = await floor.line();
  await load.stop();
  await floor.stop();
  return { ...seen, waits: sent.waits };
}

/** Targets 1, 4 and 5: each change by itself. */
export async function unbatched({ seconds }) {
  const room = await Room.open(readers_count);
  const ours = await room.measure('comments', { changes_per_s: 50, seconds });
  await room.close();
  const bytes = Math.round(ours.bytes / ours.frames);
  const floor = await send_floor(readers_count, { rate: 50, bytes, seconds });
  return {
    cpu_us: ours.cpu_us_per_delivery,
    floor_cpu_us: floor.cpu_us_per_change,
    frame_bytes: bytes,
    p50_ms: ours.p50_ms,
    p99_ms: ours.p99_ms,
    p999_ms: ours.p999_ms,
    floor_p99_ms: floor.p99_ms,
    floor_p999_ms: floor.p999_ms,
    per_core_s: ours.per_core_s,
    deliveries_per_s: ours.deliveries_per_s,
    lost: ours.lost,
    load_share: ours.load_share,
  };
}

/** Target 4: few readers, so that what is measured is the way and not the queue before it. */
export async function quiet({ seconds }) {
  const readers = 100;
  const room = await Room.open(readers);
  const ours = await room.measure('comments', { changes_per_s: 50, seconds });
  await room.close();
  const bytes = Math.round(ours.bytes / ours.frames);
  const floor = await send_floor(readers, { rate: 50, bytes, seconds });
  return {
    p50_ms: ours.p50_ms,
    p99_ms: ours.p99_ms,
    floor_p50_ms: floor.p50_ms,
    floor_p99_ms: floor.p99_ms,
    lost: ours.lost,
  };
}

// Rungs of the ladder, in changes a second to 1,000 readers. It ends where less than most of what
// was sent arrives.
const ladder = [1_000, 2_000, 4_000, 8_000, 12_000, 16_000, 24_000, 32_000];
const batch_count = 10;
const most = 0.9;
const full_frame_bytes = 60_000;

/** The most deliveries a second on the ladder, and where that was. */
export async function climb(run_rung) {
  let best = { deliveries_per_s: 0 };
  for (const changes_per_s of ladder) {
    const seen = await run_rung(changes_per_s);
    if (seen.deliveries_per_s > best.deliveries_per_s) best = { ...seen, changes_per_s };
    if (seen.delivered_share < most) break;
  }
  return best;
}

/** Target 2. Scores are of different comments: nothing is merged away. */
export async function saturation({ seconds }) {
  const climb_with = (kind) =>
    climb(async (changes_per_s) => {
      const room = await Room.open(readers_count);
      const seen = await room.measure(kind, { changes_per_s, batch: batch_count, seconds, on: 90_000 });
      await room.close();
      return seen;
    });
  const comments = await climb_with('comments');
  const scores = await climb_with('votes');
  // As many bytes as can be sent and read here, in sends as large as a full frame.
  const floor = await send_floor(readers_count, { rate: 1_000, bytes: full_frame_bytes, seconds });
  return {
    deliveries_per_s: comments.deliveries_per_s,
    changes_per_s: comments.changes_per_s,
    megabytes_per_s: comments.bytes / comments.seconds / 1e6,
    p99_ms: comments.p99_ms,
    load_share: comments.load_share,
    floor_megabytes_per_s: floor.bytes / floor.seconds / 1e6,
    floor_load_share: floor.load_share,
    score_deliveries_per_s: scores.deliveries_per_s,
    score_megabytes_per_s: scores.bytes / scores.seconds / 1e6,
    score_p99_ms: scores.p99_ms,
    lost: comments.lost + scores.lost,
  };
}

/** Target 3: the default settings at a rate at which changes are gathered. */
export async function busy({ seconds }) {
  const measure = async (kind, connect) => {
    const room = await Room.open(readers_count, { connect });
    const seen = await room.measure(kind, { changes_per_s: 1_000, seconds, warm_up: 2 });
    await room.close();
    return seen;
  };
  // As browsers do, which all offer to inflate; and as those who do not.
  const comments = await measure('comments', { deflate: 1 });
  const plain = await measure('comments', {});
  const votes = await measure('votes', { deflate: 1 });
  return {
    per_core_s: comments.per_core_s,
    plain_per_core_s: plain.per_core_s,
    delivered_share: comments.delivered_share,
    p99_ms: comments.p99_ms,
    votes_per_core_s: votes.per_core_s,
    votes_p99_ms: votes.p99_ms,
    votes_delivered_share: votes.delivered_share,
    lost: comments.lost + votes.lost,
    load_share: comments.load_share,
  };
}

// A busy discussion: a post and 100 votes at once, so many times a second, through the writer. Some
// 200 kB a second for each reader, so that a few seconds are more than all buffers hold.
const traffic = { rate: 20, votes: 100 };
const slow_buffer_bytes = 4_096;

/** Target 10. The store has all of it, because the slow ones come back to what it says. */
export async function slow_readers({ seconds }) {
  const slow = readers_count / 10;
  const connect = { state: 1, rcvbuf: slow_buffer_bytes, small_buffers: slow };
  const room = await Room.open(readers_count, { posts: 100, connect });
  const write_seconds = 2 * (seconds + 2) + 4;
  const written = room.server.ask('write', { ...traffic, seconds: write_seconds });
  const before = await room.load.ask('measure', { seconds, warm_up: 2 });
  const before_bytes = room.rss();
  await room.load.ask('pause', { count: slow });
  const during = await room.load.ask('measure', { seconds, warm_up: 2 });
  const during_bytes = room.rss();
  await room.load.ask('unpause', { count: slow });
  const { seq } = await written;
  const settled = await room.load.ask('settle', { goal: seq });
  await room.close();
  return {
    p99_ms: during.p99_ms,
    undisturbed_p99_ms: before.p99_ms,
    unread_bytes_each: during.bytes / (readers_count - slow),
    grown_bytes: during_bytes - before_bytes,
    budget_bytes: slow * 256 * 1024,
    behind: settled.behind,
    different_states: settled.different_states,
    reloaded: settled.reloaded,
    lost: settled.lost,
    closed: settled.closed,
  };
}

