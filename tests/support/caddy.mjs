// A private Caddy with the rules of deploy/proxies, in front of instances that a test has started; it asks the first of them for the health of all.

import { join } from 'node:path';

import { proxies } from './haproxy.mjs';
import { Program, finish, free_ports } from './programs.mjs';
import { temporary_folder } from './server.mjs';

const file = join(proxies, 'Caddyfile');

export class Caddy {
  static async start(instances) {
    const caddy = new Caddy();
    caddy.folder = await temporary_folder();
    const [port] = await free_ports(1);
    Object.assign(caddy, { port, origin: `http://127.0.0.1:${port}` });
    caddy.program = new Program('caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
      environment: {
        PARLEY_SITE: `http://:${port}`,
        PARLEY_HOST: '127.0.0.1',
        PARLEY_INSTANCES: instances.map(({ port: one }) => `127.0.0.1:${one}`).join(' '),
        PARLEY_OPS_PORT: String(instances[0].ops_port),
        XDG_DATA_HOME: caddy.folder.path,
        XDG_CONFIG_HOME: caddy.folder.path,
      },
    });
    await caddy.program.ready(async () => (await fetch(`${caddy.origin}/readyz`)).status === 200);
    return caddy;
  }

  async stop() {
    await this.program.stop();
    await this.folder.remove();
  }
}

/** `caddy validate` over deploy/proxies/Caddyfile. */
export async function check_caddy() {
  const folder = await temporary_folder();
  const environment = { XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  const result = await finish('caddy', ['validate', '--adapter', 'caddyfile', '--config', file], { environment });
  await folder.remove();
  return result;
}
