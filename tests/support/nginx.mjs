// A private nginx with the rules of deploy/proxies, in front of instances that a test has started.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { proxies } from './haproxy.mjs';
import { Program, finish, free_ports } from './programs.mjs';
import { temporary_folder } from './server.mjs';

/** The one place where `text` has `part`, replaced: a file that lost it would else be tested as something else. */
function replace_once(text, part, by) {
  if (text.split(part).length !== 2) throw new Error(`not there once: ${part}`);
  return text.replace(part, by);
}

/** deploy/proxies/nginx.conf in a folder where anybody may run it. */
export async function write_nginx(folder, { port = 80, instances = null } = {}) {
  let text = await readFile(join(proxies, 'nginx.conf'), 'utf8');
  text = replace_once(text, 'listen 80 default_server', `listen 127.0.0.1:${port} default_server`);
  text = replace_once(text, '/var/log/nginx/error.log', join(folder, 'error.log'));
  // As many descriptors as there may be here, whoever runs this.
  text = replace_once(text, 'worker_rlimit_nofile 131072;', '');
  text = replace_once(text, 'worker_connections 60000;', 'worker_connections 400;');
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const places = kinds.map((kind) => `    ${kind}_temp_path ${join(folder, kind)};\n`).join('');
  text = replace_once(text, 'http {\n', `http {\n${places}`);
  const file = join(folder, 'nginx.conf');
  await writeFile(file, text);
  let upstreams = await readFile(join(proxies, 'nginx-instances.conf'), 'utf8');
  if (instances) {
    const servers = instances.map((one) => `    server 127.0.0.1:${one.port} max_fails=1 fail_timeout=2s;\n`).join('');
    upstreams = upstreams.replaceAll(/(?: {4}server .*\n)+/g, servers);
  }
  await writeFile(join(folder, 'nginx-instances.conf'), upstreams);
  return file;
}

const options = (folder, file, more = '') => [
  '-p', folder, '-c', file, '-e', join(folder, 'error.log'), '-g', `pid ${join(folder, 'pid')}; ${more}`,
];

export class Nginx {
  static async start(instances) {
    const nginx = new Nginx();
    nginx.folder = await temporary_folder();
    const [port] = await free_ports(1);
    Object.assign(nginx, { port, origin: `http://127.0.0.1:${port}` });
    const { path } = nginx.folder;
    const file = await write_nginx(path, { port, instances });
    // One process alone, so that it can be ended by its id in any case.
    nginx.program = new Program('/usr/sbin/nginx', options(path, file, 'daemon off; master_process off;'));
    await nginx.program.ready(async () => (await fetch(`${nginx.origin}/readyz`)).status === 200);
    return nginx;
  }

  async stop() {
    await this.program.stop();
    await this.folder.remove();
  }
}

/** `nginx -t` over deploy/proxies/nginx.conf. */
export async function check_nginx() {
  const folder = await temporary_folder();
  const result = await finish('/usr/sbin/nginx', [...options(folder.path, await write_nginx(folder.path)), '-t']);
  await folder.remove();
  return result;
}
