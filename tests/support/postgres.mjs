// A private PostgreSQL for a test: the server of postgres.sh, and what a test does to it.

import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'postgres.sh');

export class Postgres {
  /** Settings are NAME=VALUE, for instance fsync=off. Resolves when it takes connections. */
  static async start(...settings) {
    const postgres = new Postgres();
    postgres.databases = 0;
    postgres.child = spawn('bash', [script, ...settings], { stdio: ['pipe', 'pipe', 'inherit'] });
    postgres.exited = new Promise((resolve) => postgres.child.on('exit', resolve));
    postgres.lines = createInterface({ input: postgres.child.stdout })[Symbol.asyncIterator]();
    await postgres.read_answer();
    return postgres;
  }

  /** One answer of the script; of a start it keeps the URL and the process. */
  async read_answer() {
    const { value: line, done } = await this.lines.next();
    if (done) throw new Error('the private PostgreSQL server could not be started');
    const [word, ...rest] = line.split(' ');
    if (word === 'READY') [this.url, this.pid] = rest;
    return rest.join(' ');
  }

  async command(word) {
    this.child.stdin.write(`${word}\n`);
    return this.read_answer();
  }

  /** kill -9 of all its processes; start() brings it back on the same port, with recovery. */
  kill() {
    return this.command('kill');
  }
  start() {
    return this.command('start');
  }
  /** Ends it at once and starts it. */
  restart() {
    return this.command('restart');
  }
  /** SIGSTOP of all its processes, until resume(). */
  pause() {
    return this.command('pause');
  }
  resume() {
    return this.command('resume');
  }
  async log() {
    return readFile(await this.command('log'), 'utf8');
  }

  /** The URL of a new and empty database. */
  async fresh_database() {
    const name = `test${++this.databases}`;
    await this.psql(`CREATE DATABASE ${name} OWNER parley TEMPLATE template0`, 'postgres');
    return this.url.replace(/\/[^/]*$/, `/${name}`);
  }

  /** Runs SQL as the superuser; gives what psql prints, unaligned and without headings. */
  psql(sql, database = 'parley') {
    const url = this.url.replace('//parley@', '//postgres@').replace(/\/[^/]*$/, `/${database}`);
    return new Promise((resolve, reject) => {
      execFile('psql', ['-qXAt', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql], (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout.trim());
      });
    });
  }

  /** Ends it and removes its folder. */
  async stop() {
    this.child.stdin.end();
    await this.exited;
  }
}
