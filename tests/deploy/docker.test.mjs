import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';

import { check, proxies } from '../support/haproxy.mjs';
import { finish, free_ports } from '../support/programs.mjs';
import { Server, run, temporary_folder } from '../support/server.mjs';

const docker = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/docker');
const read = (name) => readFile(join(docker, name), 'utf8');

let folder;
let compose;

before(async () => {
  folder = await temporary_folder();
  compose = parse(await read('compose.yaml'), { merge: true });
});
after(() => folder.remove());

const parleys = () => Object.entries(compose.services).filter(([name]) => name.startsWith('parley-'));

test('the Dockerfile has no mistakes, and ends as a user without rights and without a shell', async () => {
  const text = await read('Dockerfile');
  const problems = validate(text).map(({ range, message }) => `${range.start.line + 1}: ${message}`);
  assert.deepEqual(problems, []);
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const line = (word) => last.match(new RegExp(`^${word} ([\\s\\S]*?[^\\\\])$`, 'm'))?.[1];
  assert.match(line('USER'), /^[1-9]\d*:[1-9]\d*$/);
  for (const [word, part] of [['ENTRYPOINT', line('ENTRYPOINT')], ['CMD', line('CMD')], ['HEALTHCHECK', line('HEALTHCHECK').split('CMD ')[1]]]) {
    assert.ok(Array.isArray(JSON.parse(part)), `${word} takes no shell`);
  }
  assert.match(line('FROM'), /^debian:12-slim$/);
  for (const file of [...last.matchAll(/^COPY (?!--from)(\S+)/gm)].map(([, path]) => path)) await stat(join(docker, '../..', file));
});

test('the image takes its own configuration, and its ports are those that it exposes', async () => {
  const exposed = (await read('Dockerfile')).match(/^EXPOSE (.*)$/m)[1].split(' ').map(Number);
  const ports = [...(await read('parley.toml')).matchAll(/^port = (\d+)$/gm)].map(([, port]) => Number(port));
  assert.deepEqual(exposed, ports);
  const server = await Server.start(join(folder.path, 'image.db'), { 'server.host': '127.0.0.1', 'ops.host': '127.0.0.1' }, ['--config', join(docker, 'parley.toml')]);
  const health = (...args) => finish('/usr/bin/perl', [join(docker, 'healthcheck.pl'), ...args.map(String)]);
  assert.deepEqual((await health(server.ops_port)).code, 0);
  assert.notEqual((await health(server.ops_port, '/nothing')).code, 0);
  await server.stop();
  assert.notEqual((await health(server.ops_port)).code, 0);
  const [free] = await free_ports(1);
  assert.match((await health(free)).output, /nothing listens/);
});

test('docker-compose takes compose.yaml, with the secrets that make_secrets.sh makes', async () => {
  const copy = join(folder.path, 'deploy/docker');
  await mkdir(copy, { recursive: true });
  for (const one of ['docker', 'proxies', 'redis']) {
    await cp(join(docker, '..', one), join(folder.path, 'deploy', one), { recursive: true, filter: (path) => !path.endsWith('/secrets') });
  }
  const made = await finish(join(copy, 'make_secrets.sh'), []);
  assert.equal(made.code, 0, made.output);
  const environment = Object.fromEntries((await readFile(join(copy, 'secrets/parley.env'), 'utf8')).trim().split('\n').map((line) => line.split(/=(.*)/s, 2)));
  assert.equal((await stat(join(copy, 'secrets'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(copy, 'secrets/parley.env'))).mode & 0o777, 0o600);
  assert.ok(environment.PARLEY_BUS_SECRET.length >= 32);
  assert.equal(environment.PGPASSWORD, await readFile(join(copy, 'secrets/postgres_password'), 'utf8'));
  const [, password, host] = environment.PARLEY_BUS_URL.match(/^redis:\/\/parley:([0-9a-f]{64})@(\w+):6379$/);
  const hash = createHash('sha256').update(password).digest('hex');
  assert.ok((await readFile(join(copy, 'secrets/redis_acl'), 'utf8')).includes(`#${hash} `));
  assert.ok(compose.services[host], 'the bus is at a service');
  const again = await finish(join(copy, 'make_secrets.sh'), []);
  assert.match(again.output, /already/);
  assert.equal((await readFile(join(copy, 'secrets/parley.env'), 'utf8')).includes(password), true, 'made once');

  const { code, output } = await finish('docker-compose', ['-f', join(copy, 'compose.yaml'), 'config', '--quiet']);
  assert.equal(code, 0, output);
});

test('the services of compose.yaml fit each other and the server', async () => {
  assert.equal(parleys().length, 3);
  const image = await read('parley.toml');
  const [port, ops_port] = [...image.matchAll(/^port = (\d+)$/gm)].map(([, one]) => Number(one));
  const instances = await read('haproxy-instances.cfg');
  const servers = [...instances.matchAll(/server (\w+) ([\w-]+):(\d+) check port (\d+)/g)];
  assert.deepEqual(servers.map(([, , name, p, ops]) => [name, Number(p), Number(ops)]), parleys().map(([name]) => [name, port, ops_port]));
  const unready = [...instances.matchAll(/server (\w+)-unready (\S+) backup resolvers docker$/gm)].map(([, name, at]) => [name, at]);
  assert.deepEqual(unready, servers.map(([, name, host, p]) => [name, `${host}:${p}`]), 'for the time without the store');
  const front = compose.networks.front.ipam.config[0].subnet;
  for (const [name, service] of parleys()) {
    assert.equal(service.environment.PARLEY_SERVER_TRUSTED_PROXIES, front, name);
    assert.equal(service.ports, undefined, 'only the proxy is reached from outside');
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.equal(service.read_only, true, name);
    assert.ok(Number(service.stop_grace_period.match(/^(\d+)s$/)[1]) > 10);
  }
  assert.equal(compose.networks.back.internal, true);
  const [published] = compose.services.haproxy.ports;
  assert.match(published, /^127\.0\.0\.1:8080:8080$/);
  for (const [name, service] of Object.entries(compose.services)) {
    if (!name.startsWith('parley-')) assert.equal(service.healthcheck.test[0], 'CMD', name);
    assert.ok(service.restart, name);
  }
});

test('the server takes the environment that compose.yaml gives it', async () => {
  const [, service] = parleys()[0];
  // A key or value that it does not take ends it with the key's name before it opens anything.
  const environment = { ...service.environment, PARLEY_STORE_URL: `sqlite:${join(folder.path, 'compose.db')}` };
  const done = await run(['check', '--config', join(docker, 'parley.toml')], '', environment);
  assert.ok(!/PARLEY_/.test(done.stderr), done.stderr);
  const wrong = await run(['check', '--config', join(docker, 'parley.toml')], '', { ...environment, PARLEY_SERVER_TRUSTED_PROXIES: 'x' });
  assert.match(wrong.stderr, /PARLEY_SERVER_TRUSTED_PROXIES|server\.trusted_proxies/);
});

test('HAProxy takes its configuration of compose.yaml', async () => {
  const { environment } = compose.services.haproxy;
  const { code, output } = await check([join(proxies, 'haproxy.cfg'), join(docker, 'haproxy-instances.cfg')], {
    ...environment, PARLEY_PROXY_SOCKET: join(folder.path, 'admin.sock'), PARLEY_PROXY_CONNECTIONS: '2000',
  });
  assert.equal(code, 0, output);
});
