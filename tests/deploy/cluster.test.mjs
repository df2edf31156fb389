import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Backoff, backoff_max_ms, backoff_min_ms, lived_well_ms } from '../../deploy/cluster/backoff.mjs';
import { make_database, postgres, redis } from '../../deploy/cluster/databases.mjs';
import { Kept, guarded, start_time } from '../../deploy/cluster/processes.mjs';
import {
  choose_ports, haproxy_instances, instance_environment, instance_names, load_secrets, postgres_programs, proxy_connections,
  write_file,
} from '../../deploy/cluster/settings.mjs';
import { check, proxies } from '../support/haproxy.mjs';
import { Program, finish, until } from '../support/programs.mjs';
import { run, temporary_folder } from '../support/server.mjs';

let folder;

before(async () => {
  folder = await temporary_folder();
  await chmod(folder.path, 0o711); // PostgreSQL's user goes through it
});
after(() => folder.remove());

async function new_state(name) {
  const state = join(folder.path, name);
  const logs = join(state, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o711 });
  return { state, logs };
}

test('what dies waits longer each time, up to a bound, and shorter again once it has lived', () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 8 }, () => backoff.after(0));
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(backoff.after(lived_well_ms - 1), backoff_max_ms);
  assert.equal(backoff.after(lived_well_ms), backoff_min_ms);
  assert.equal(backoff.after(0), 2 * backoff_min_ms);
});

test('a process is started again when it dies, says so, and is ended by its id', async () => {
  const { state, logs } = await new_state('kept');
  const said = [];
  const one = new Kept({
    name: 'sleeper', command: guarded(['sleep', 'infinity']), folder: state, log: join(logs, 'sleeper.log'),
    say: (sentence) => said.push(sentence), is_ready: async () => true,
  });
  one.start();
  await one.ready();
  const first = one.pid;
  process.kill(first, 'SIGKILL');
  await until(() => one.pid !== null && one.pid !== first, 'it runs again');
  await until(() => said.length === 2, 'it says so');
  assert.match(said[0], /^sleeper ended \(SIGKILL\) and starts again in 0\.25 s/);
  assert.equal(said[1], 'sleeper serves again');
  const second = one.pid;
  await one.stop(10_000);
  assert.equal(start_time(second), null);
  assert.equal(one.pid, null);
});

test('what the supervisor runs ends with it, even where it is killed', async () => {
  const { state, logs } = await new_state('orphans');
  const module = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/cluster/processes.mjs');
  const script = `
    import { Kept, guarded } from '${module}';
    const one = new Kept({ name: 'x', command: guarded(['sleep', 'infinity']), folder: '${state}', log: '${logs}/x.log',
      say: console.log, is_ready: async () => true });
    one.start();
    console.log('pid', one.pid);
    setInterval(() => {}, 1000);`;
  const supervisor = new Program(process.execPath, ['--input-type=module', '--eval', script]);
  const [, pid] = await until(() => supervisor.output.match(/pid (\d+)\n/), 'it has started one');
  await until(async () => (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'sleep\n', 'that sleeps');
  await supervisor.stop('SIGKILL');
  await until(() => start_time(pid) === null, 'it is gone as well');
});

test('ports stay from run to run, secrets are made once and read by nobody else', async () => {
  const { state } = await new_state('settings');
  const names = ['postgres', 'redis', 'a', 'b'];
  const ports = await choose_ports(state, names);
  assert.equal(new Set(Object.values(ports)).size, names.length);
  assert.deepEqual(await choose_ports(state, names), ports);
  const more = await choose_ports(state, [...names, 'c']);
  assert.deepEqual(names.map((name) => more[name]), names.map((name) => ports[name]));
  const secrets = await load_secrets(state);
  assert.deepEqual(await load_secrets(state), secrets);
  assert.equal((await stat(join(state, 'secrets.json'))).mode & 0o777, 0o600);
  for (const value of Object.values(secrets)) assert.match(value, /^[0-9a-f]{64}$/);
  assert.deepEqual([proxy_connections(1_024), proxy_connections(1_048_576), proxy_connections(20_000)], [374, 60_000, 9_000]);
});

test('the configuration that is written is taken by the program that it is for', async () => {
  const { state } = await new_state('written');
  const places = instance_names(9).map((name, i) => ({ name, port: 10_001 + i, ops_port: 11_001 + i }));
  const instances = join(state, 'haproxy-instances.cfg');
  const written = haproxy_instances(places);
  for (const { name, port, ops_port } of places) {
    assert.ok(written.includes(`server ${name} 127.0.0.1:${port} check port ${ops_port}\n`), name);
    assert.ok(written.includes(`server ${name}-unready 127.0.0.1:${port} backup\n`), `${name}, for the time without PostgreSQL`);
  }
  await write_file(instances, written);
  const checked = await check([join(proxies, 'haproxy.cfg'), instances], { PARLEY_PROXY_SOCKET: join(state, 'socket') });
  assert.equal(checked.code, 0, checked.output);

  const secrets = { postgres: 'canary-store', redis: 'canary-bus', bus: 'canary-secret-of-more-than-32-characters' };
  const environment = instance_environment({ ...places[0], ports: { postgres: 1, redis: 1 }, secrets });
  // Of the configuration nothing is refused: that would be exit code 64, and name the key.
  const { code, stderr } = await run(['check'], '', environment);
  assert.ok(code !== 0 && code !== 64, `${code} ${stderr}`);
  assert.ok(!stderr.includes('canary'), stderr);
  const { code: refused } = await run(['check'], '', { ...environment, PARLEY_BUS_SECRET: 'short' });
  assert.equal(refused, 64);
});

/** One conversation with a Redis; gives what it answered. */
function redis_says(port, commands) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.once('error', reject);
    socket.on('data', (bytes) => (answer += bytes));
    socket.once('close', () => resolve(answer.split('\r\n')));
    socket.write([...commands, 'QUIT', ''].join('\r\n'));
  });
}

test('the PostgreSQL and the Redis of a cluster let in who has the password, and come back when killed', async () => {
  const { state, logs } = await new_state('databases');
  const shared = {
    state, logs, say: () => {}, instances: 3, ports: await choose_ports(state, ['postgres', 'redis']), secrets: await load_secrets(state),
  };
  const { ports, secrets } = shared;
  const database = await postgres(shared);
  const bus = await redis(shared);
  const psql = (user, password, sql) =>
    finish(`${postgres_programs}/psql`, ['-X', '-A', '-t', '-h', '127.0.0.1', '-p', String(ports.postgres), '-U', user, 'parley', '-c', sql], {
      environment: { PGPASSWORD: password },
    });
  try {
    database.start();
    bus.start();
    await Promise.all([database.ready(), bus.ready()]);
    await make_database(shared);
    await make_database(shared); // a second time there is nothing to do
    assert.equal((await psql('parley', secrets.postgres, 'CREATE TABLE kept AS SELECT 42 AS n')).code, 0);
    const role = await psql('parley', secrets.postgres, "SELECT rolsuper, current_setting('fsync') FROM pg_roles WHERE rolname = current_user");
    assert.equal(role.output, 'f|on\n');
    assert.notEqual((await psql('parley', 'wrong', 'SELECT 1')).code, 0);
    assert.notEqual((await psql('parley', '', 'SELECT 1')).code, 0);

    const sign_in = `AUTH parley ${secrets.redis}`;
    assert.match((await redis_says(ports.redis, ['PUBLISH parley:x y']))[0], /^-NOAUTH/);
    assert.match((await redis_says(ports.redis, ['AUTH parley wrong']))[0], /^-WRONGPASS/);
    const [ok, published, other, config, keys] = await redis_says(ports.redis, [
      sign_in, 'PUBLISH parley:x y', 'PUBLISH other:x y', 'CONFIG GET *', 'KEYS *',
    ]);
    assert.deepEqual([ok, published], ['+OK', ':0']);
    for (const refused of [other, config, keys]) assert.match(refused, /^-NOPERM/);

    for (const one of [database, bus]) {
      const { pid } = one;
      process.kill(pid, 'SIGKILL');
      await until(() => one.pid !== null && one.pid !== pid, `${one.name} runs again`);
      await until(() => one.is_ready().catch(() => false), `${one.name} serves again`);
    }
    assert.equal((await psql('parley', secrets.postgres, 'SELECT n FROM kept')).output, '42\n');
    assert.equal((await redis_says(ports.redis, [sign_in]))[0], '+OK');
  } finally {
    await Promise.all([database.stop(30_000), bus.stop(10_000)]);
  }
  // Nothing of it is readable by others, and no password is in a log.
  assert.equal((await stat(join(state, 'postgres'))).mode & 0o777, 0o700);
  const text = (await readFile(join(logs, 'postgres.log'), 'utf8')) + (await readFile(join(logs, 'redis.log'), 'utf8'));
  for (const value of Object.values(secrets)) assert.ok(!text.includes(value));
});
