// Posts and votes on PostgreSQL, through the writer alone, beside pgbench with as many clients on the
// same server: target 14.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { adopt, load_core, program, repository, server_core } from './tool.mjs';

const { Postgres } = await import(join(repository, 'tests/support/postgres.mjs'));

const clients = 64;
const pgbench = '/usr/lib/postgresql/15/bin/pgbench';

function output_of(core, command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', String(core), command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    adopt(child);
    let text = '';
    child.stdout.on('data', (bytes) => (text += bytes));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${command}: exit code ${code}`))));
  });
}

/** The server, its disk and all else on both cores; the two take turns on the same server. */
export async function postgres({ seconds }) {
  const server = await Postgres.start('shared_buffers=256MB', 'max_connections=100');
  adopt(server.child);
  try {
    const floor = await server.fresh_database();
    await output_of(load_core, pgbench, ['-i', '-q', '-s', '10', floor]);
    const simple = ['-N', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), floor];
    const before = await output_of(`${server_core},${load_core}`, pgbench, simple);
    const url = await server.fresh_database();
    const both = `${server_core},${load_core}`;
    const ours = JSON.parse(await output_of(both, program('bench_store'), [url, String(clients), String(seconds)]));
    return { ...ours, pgbench_tps: Number(/^tps = ([0-9.]+)/m.exec(before)[1]) };
  } finally {
    await server.stop();
  }
}
