import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LiveReader } from '../support/live.mjs';
import { Program, finish, free_ports } from '../support/programs.mjs';
import { Server, binary, create_account, example, run_well, temporary_folder } from '../support/server.mjs';

const units = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/systemd');
const services = ['parley.service', 'parley@.service'];

let folder;

before(async () => {
  folder = await temporary_folder();
});
after(() => folder.remove());

/** { section: [[key, value], …] } */
async function read_unit(name) {
  const sections = {};
  let section;
  for (const line of (await readFile(join(units, name), 'utf8')).split('\n')) {
    if (/^\s*(#|;|$)/.test(line)) continue;
    const head = line.match(/^\[(\w+)\]$/);
    if (head) section = sections[head[1]] = [];
    else section.push(line.split(/=(.*)/s, 2));
  }
  return sections;
}

const values = (section, key) => section.filter(([name]) => name === key).map(([, value]) => value);

test('the exposure of each service is 1.5 of 10 or less', async () => {
  for (const name of services) {
    const { code, output } = await finish('systemd-analyze', ['security', '--offline=true', '--threshold=15', '--no-pager', join(units, name)]);
    assert.equal(code, 0, output);
    assert.match(output, /Overall exposure level for parley\S*: (0|1\.[0-5])/);
  }
});

test('systemd finds nothing wrong with the units', async () => {
  for (const name of [...services, 'parley.target']) {
    // What is started need not be installed here, but must be there.
    const text = (await readFile(join(units, name), 'utf8')).replaceAll('/usr/local/bin/parley', binary);
    await writeFile(join(folder.path, name), text);
  }
  for (const name of ['parley.service', 'parley@1.service', 'parley.target']) {
    const { code, output } = await finish('systemd-analyze', ['verify', '--man=no', name], {
      folder: folder.path, environment: { SYSTEMD_UNIT_PATH: `${folder.path}:` },
    });
    assert.equal(code, 0, output);
    assert.equal(output, '', 'no warnings');
  }
});

test('a stop may take longer than the drain, and ports are those that may be bound', async () => {
  const defaults = await readFile(join(units, '../../config/parley.toml'), 'utf8');
  const number = (key) => Number(defaults.match(new RegExp(`^${key} = (\\d+)$`, 'm'))[1]);
  for (const name of services) {
    const { Service } = await read_unit(name);
    assert.ok(Number(values(Service, 'TimeoutStopSec')[0]) * 1000 > number('drain_deadline_ms'));
    assert.ok(Number(values(Service, 'LimitNOFILE')[0]) > number('connections_max') + 64);
    assert.deepEqual(values(Service, 'MemoryDenyWriteExecute'), ['yes']);
  }
  const { Service } = await read_unit('parley@.service');
  const environment = Object.fromEntries(values(Service, 'Environment').map((one) => one.split(/=(.*)/s, 2)));
  assert.deepEqual(values(Service, 'SocketBindAllow'), ['tcp:8081-8089', 'tcp:9081-9089']);
  assert.equal(environment.PARLEY_SERVER_PORT, '808%i');
  assert.equal(environment.PARLEY_OPS_PORT, '908%i');
  const single = await read_unit('parley.service');
  const production = await readFile(join(units, '../../config/production.toml'), 'utf8');
  const ports = [...production.matchAll(/^port = (\d+)$/gm)].map(([, port]) => `tcp:${port}`);
  assert.deepEqual(values(single.Service, 'SocketBindAllow'), ports);
});

/** The names of the calls that the filter of a unit lets through. */
async function allowed_calls(lines) {
  const { output } = await finish('systemd-analyze', ['syscall-filter', '--no-pager']);
  const sets = new Map();
  let set;
  for (const line of output.split('\n')) {
    if (line.startsWith('@')) sets.set(line.trim(), (set = []));
    else if (set && /^ {4}[@\w]/.test(line)) set.push(line.trim());
  }
  const expand = (name) => (name.startsWith('@') ? sets.get(name).flatMap(expand) : [name]);
  const allowed = new Set(expand('@default'));
  for (const line of lines) {
    const refuses = line.startsWith('~');
    for (const name of line.replace('~', '').split(' ').flatMap(expand)) {
      if (refuses) allowed.delete(name);
      else allowed.add(name);
    }
  }
  return allowed;
}

// What a sanitizer does, and no release; and what SQLite does as root alone, which the service never is.
const of_tests = new Set(['personality', 'ptrace', ...(process.getuid() === 0 ? ['fchown'] : [])]);

test('the server makes no system call that the filter refuses, and no memory is written and run', async () => {
  const file = join(folder.path, 'parley.db');
  await run_well(['import', '--set', `store.url=sqlite:${file}`, example]);
  await create_account(file, 'Edith Editor', 'admin');
  const [port, ops_port] = await free_ports(2);
  const trace = join(folder.path, 'trace');
  const sets = [`store.url=sqlite:${file}`, `server.port=${port}`, `ops.port=${ops_port}`, 'limits.rates_enabled=false'];
  const program = new Program(
    'strace',
    ['-f', '-qq', '--seccomp-bpf', '-o', trace, binary, 'serve', ...sets.flatMap((set) => ['--set', set])],
    { environment: { ASAN_OPTIONS: 'detect_leaks=0' } },
  );
  await program.ready(async () => (await fetch(`http://127.0.0.1:${ops_port}/readyz`)).status === 200);
  const server = Object.assign(Object.create(Server.prototype), { port, origin: `http://127.0.0.1:${port}` });
  const admin = await server.sign_in('Edith Editor');
  const reader = await new LiveReader(server).opened();
  reader.subscribe('tram-line');
  await reader.frame(({ type }) => type === 'subscribed');
  const posted = await server.post(admin, 'tram-line', { body: 'Traced.' });
  await reader.frame(({ comments }) => comments?.some(({ id }) => id === posted.json.id));
  await server.get('/d/tram-line');
  await (await fetch(`http://127.0.0.1:${ops_port}/metrics`)).text();
  const [child] = (await readFile(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')).trim().split(' ').map(Number);
  process.kill(child, 'SIGTERM');
  await program.exited;
  reader.socket.terminate();

  const text = await readFile(trace, 'utf8');
  const calls = new Set([...text.matchAll(/^\d+ +(?:<\.\.\. )?(\w+)[ (]/gm)].map(([, name]) => name));
  assert.ok(calls.size > 30 && calls.has('epoll_wait') && calls.has('fdatasync'), [...calls].join(' '));
  for (const name of services) {
    const { Service } = await read_unit(name);
    const allowed = await allowed_calls(values(Service, 'SystemCallFilter'));
    const refused = [...calls].filter((call) => !allowed.has(call) && !of_tests.has(call));
    assert.deepEqual(refused, [], name);
  }
  const both = text.split('\n').filter((line) => /\b(mmap|mprotect)\(.*PROT_WRITE.*PROT_EXEC/.test(line));
  assert.deepEqual(both, []);
  const made_runnable = text.split('\n').filter((line) => /\bmprotect\(.*PROT_EXEC/.test(line));
  assert.deepEqual(made_runnable, []);
});
