// Starts the real server on a free port with a store of its own, and talks to it.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.PARLEY_BIN ?? join(repository, 'build/dev/server/parley');
export const example = join(repository, 'deploy/example/tram-line.ndjson');

const start_timeout_ms = 30_000;

/** A SQLite file, or the URL of a database. */
export const store_url = (place) => (place.includes('://') ? place : `sqlite:${place}`);

export async function temporary_folder() {
  const path = await mkdtemp(join(tmpdir(), 'parley-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a subcommand to its end. */
export function run(args, input = '', environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes) => (stdout += bytes));
    child.stderr.on('data', (bytes) => (stderr += bytes));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Like run(), but anything but exit code 0 fails the test. */
export async function run_well(args, input = '') {
  const done = await run(args, input);
  if (done.code !== 0) throw new Error(`parley ${args.join(' ')}: ${JSON.stringify(done)}`);
  return done;
}

export class Server {
  /**
   * Serves `place`, a SQLite file or the URL of a database; resolves when it listens. `more`: arguments before the
   * settings; `env`: more environment.
   */
  static async start(place, settings = {}, more = [], env = {}) {
    const server = new Server();
    const all = {
      'store.url': store_url(place),
      'server.port': 0,
      'ops.port': 0,
      'limits.rates_enabled': false,
      'limits.connections_per_address_max': 100_000, // all come from this machine
      'log.format': 'json',
      ...settings,
    };
    const sets = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const started = performance.now();
    server.child = spawn(binary, ['serve', ...more, ...sets], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    server.log = [];
    server.raw_log = [];
    server.log_waiters = [];
    server.exited = new Promise((resolve) => {
      server.child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    const listening = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server did not listen')), start_timeout_ms);
      createInterface({ input: server.child.stderr }).on('line', (line) => {
        server.raw_log.push(line);
        try {
          server.log.push(JSON.parse(line));
        } catch {
          return; // a sanitizer's report: raw_log has it
        }
        server.check_log();
        if (server.log.at(-1).event === 'server.listening') {
          clearTimeout(timer);
          resolve(server.log.at(-1));
        }
      });
      server.exited.then((end) => {
        clearTimeout(timer);
        reject(new Error(`the server ended: ${JSON.stringify(end)}\n${server.raw_log.join('\n')}`));
      });
    });
    const event = await listening;
    server.ready_ms = performance.now() - started;
    server.port = event.port;
    server.ops_port = event.ops_port;
    server.origin = `http://127.0.0.1:${event.port}`;
    return server;
  }

  check_log() {
    this.log_waiters = this.log_waiters.filter(({ condition, resolve }) => {
      const found = this.log.find(condition);
      if (found) resolve(found);
      return !found;
    });
  }

  /** The first line of the log, past or to come, for which the condition holds. */
  async logged(condition, what = condition.toString()) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not in the log: ${what}\n${this.raw_log.join('\n')}`)), start_timeout_ms);
    });
    const found = new Promise((resolve) => {
      this.log_waiters.push({ condition, resolve });
      this.check_log();
    });
    try {
      return await Promise.race([found, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The text of the operators' listener. */
  ops(path) {
    return fetch(`http://127.0.0.1:${this.ops_port}${path}`);
  }

  /** The samples of /metrics: name with its labels -> number. */
  async metrics() {
    const text = await (await this.ops('/metrics')).text();
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  }

  /** Ends it as a supervisor would, and checks that it went well. */
  async stop() {
    this.child.kill('SIGTERM');
    const end = await this.exited;
    if (end.code !== 0) {
      throw new Error(`the server ended with ${JSON.stringify(end)}\n${this.raw_log.join('\n')}`);
    }
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Asks for the figures until the condition holds; gives them. */
  async metrics_when(condition, what) {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const figures = await this.metrics();
      if (condition(figures)) return figures;
      if (performance.now() > deadline) throw new Error(`${what}: ${JSON.stringify([...figures])}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** One request to the API; the body of the answer is parsed. `raw`: the body as bytes, sent as they are. */
  async request(method, path, { body, raw, token, key, headers = {} } = {}) {
    const response = await fetch(this.origin + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined && raw === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(key ? { 'Idempotency-Key': key } : {}),
        ...headers,
      },
      body: raw ?? (body === undefined || typeof body === 'string' ? body : JSON.stringify(body)),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: type.includes('json') && text ? JSON.parse(text) : undefined,
    };
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  /** Signs up and in; gives the token. */
  async sign_up(name, password = 'a long enough password') {
    const created = await this.request('POST', '/api/v1/accounts', { body: { name, password } });
    if (created.status !== 201) throw new Error(`sign-up: ${created.text}`);
    return this.sign_in(name, password);
  }

  async sign_in(name, password = 'a long enough password') {
    const session = await this.request('POST', '/api/v1/session', { body: { name, password } });
    if (session.status !== 200) throw new Error(`sign-in: ${session.text}`);
    return session.json.token;
  }

  /** Opens a discussion as an admin would; gives its id. */
  async new_discussion(token, body = { title: 'A title' }) {
    const id = `d-${randomUUID()}`;
    const made = await this.request('PUT', `/api/v1/discussions/${id}`, { token, key: randomUUID(), body });
    if (made.status !== 201) throw new Error(`new discussion: ${made.text}`);
    return id;
  }

  post(token, discussion, body, key = randomUUID()) {
    return this.request('POST', `/api/v1/discussions/${discussion}/comments`, { token, key, body });
  }

  vote(token, comment, value) {
    return this.request('PUT', `/api/v1/comments/${comment}/vote`, {
      token,
      key: randomUUID(),
      body: { value },
    });
  }
}

/** An admin, made the way a publisher makes one: at the command line, before the server starts. */
export async function create_account(place, name, role, password = 'a long enough password') {
  await run_well(
    ['account', '--set', `store.url=${store_url(place)}`, 'create', '--name', name, '--role', role, '--password-stdin'],
    `${password}\n`,
  );
}
