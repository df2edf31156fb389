// nginx with a configuration of its own: as a server of one file, and with nchan as a peer.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { pause, start, temporary_folder } from './tool.mjs';

const module_file = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const start_timeout_ms = 10_000;
const poll_ms = 20;

/** nginx cannot tell which port it got, so the kernel is asked before. */
function free_port() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

const file_locations = `
      location = /window { root html; default_type application/json; add_header Content-Encoding gzip; }`;
const nchan_locations = `
      location = /publish { nchan_publisher websocket; nchan_channel_id all; }
      location = /subscribe { nchan_subscriber websocket; nchan_channel_id all; }`;

/** Serves `file` (bytes) at /window, or, without one, an nchan channel. */
export async function start_nginx(core, { file } = {}) {
  const folder = await temporary_folder();
  const port = await free_port();
  await mkdir(join(folder, 'html'));
  if (file) await writeFile(join(folder, 'html/window'), file);
  else if (!existsSync(module_file)) throw new Error('libnginx-mod-nchan is not installed');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `
  ${file ? '' : `load_module ${module_file};`}
  daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 20000;
  pid ${folder}/pid; error_log stderr error;
  events { worker_connections 15000; }
  http {
    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
    keepalive_requests 100000000; open_file_cache max=10;
    ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      ${file ? file_locations : nchan_locations}
    }
  }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const child = start(core, 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]);
  const until = performance.now() + start_timeout_ms;
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error('nginx did not start');
    if (performance.now() > until) throw new Error('nginx does not answer');
    await pause(poll_ms);
  }
  return {
    port,
    pid: child.pid, // taskset has become nginx
    stop: async () => {
      child.kill('SIGKILL'); // there is nothing to save, and nchan frees twice when it ends
      await child.ended;
    },
  };
}
