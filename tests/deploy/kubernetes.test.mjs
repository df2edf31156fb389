import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';

import { finish } from '../support/programs.mjs';
import { Server, temporary_folder } from '../support/server.mjs';

const manifests = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/kubernetes');
const models = { ConfigMap, Deployment, HorizontalPodAutoscaler, Ingress, Namespace, NetworkPolicy, PodDisruptionBudget, Secret, Service };

let all;
let files;

before(async () => {
  files = (await readdir(manifests)).filter((name) => name.endsWith('.yaml')).sort();
  all = [];
  for (const file of files.filter((name) => name !== 'kustomization.yaml')) {
    const documents = parseAllDocuments(await readFile(join(manifests, file), 'utf8'));
    for (const document of documents) {
      assert.deepEqual(document.errors, [], file);
      all.push({ file, object: document.toJS() });
    }
  }
});

const of_kind = (kind) => all.map(({ object }) => object).find((object) => object.kind === kind);
const container = () => of_kind('Deployment').spec.template.spec.containers[0];
const settings_file = () => of_kind('ConfigMap').data['parley.toml'];
const setting = (section, key) =>
  settings_file().match(new RegExp(`\\[${section}\\][^[]*?^${key} = "?([^"\\n]*)"?$`, 'm'))?.[1];

test('every object is one of the Kubernetes API', () => {
  assert.ok(all.length >= 9, String(all.length));
  for (const { file, object } of all) {
    assert.ok(models[object.kind], `${file}: ${object.kind}`);
    new models[object.kind](object).validate();
    assert.equal(object.apiVersion, new models[object.kind]({}).apiVersion, file);
    if (object.kind !== 'Namespace') assert.equal(object.metadata.namespace, 'parley', file);
  }
});

test('every field has a name that the API knows', async () => {
  const folder = dirname(createRequire(import.meta.url).resolve('kubernetes-models'));
  const known = new Set(['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'labels', 'annotations']);
  for (const root of [folder, join(folder, '../@kubernetes-models/apimachinery')]) {
    const found = await finish('grep', ['-rhoE', '--include=*.d.ts', '^ +"?[A-Za-z]+"?\\??:', root]);
    assert.equal(found.code, 0);
    for (const line of found.output.split('\n')) known.add(line.trim().replace(/[?:"]/g, ''));
  }
  assert.ok(known.has('readinessProbe') && known.has('maxUnavailable') && !known.has('readinesProbe'));
  // Below these, names are the reader's own.
  const free = new Set(['labels', 'annotations', 'matchLabels', 'data', 'stringData', 'requests', 'limits', 'selector']);
  const walk = (value, path) => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) assert.ok(known.has(key), `${path}.${key}`);
      if (!free.has(key) || (key === 'selector' && inner.matchLabels)) walk(inner, `${path}.${key}`);
    }
  };
  for (const { file, object } of all) walk(object, file);
});

test('kustomization.yaml names every file but the example of a secret', async () => {
  const { resources } = parse(await readFile(join(manifests, 'kustomization.yaml'), 'utf8'));
  const others = files.filter((name) => !['kustomization.yaml', 'secret.example.yaml'].includes(name));
  assert.deepEqual([...resources].sort(), others);
});

test('probes, ports, names and times agree with the server and with each other', () => {
  const { template } = of_kind('Deployment').spec;
  const ports = Object.fromEntries(container().ports.map(({ name, containerPort }) => [name, containerPort]));
  assert.deepEqual(ports, { http: Number(setting('server', 'port')), ops: Number(setting('ops', 'port')) });
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    assert.equal(container()[probe].httpGet.port, 'ops', probe);
  }
  const wait = Number(container().lifecycle.preStop.exec.command.at(-1).match(/^sleep (\d+)$/)[1]);
  const drain_s = Number(setting('limits', 'drain_deadline_ms')) / 1000;
  assert.ok(template.spec.terminationGracePeriodSeconds > wait + drain_s, 'time to drain');
  assert.ok(wait >= container().readinessProbe.periodSeconds, 'the proxies hear of it before');

  const labels = template.metadata.labels;
  for (const selector of [
    of_kind('Deployment').spec.selector.matchLabels, of_kind('Service').spec.selector,
    of_kind('PodDisruptionBudget').spec.selector.matchLabels, of_kind('NetworkPolicy').spec.podSelector.matchLabels,
  ]) assert.deepEqual(selector, labels);
  assert.equal(of_kind('Service').spec.ports[0].targetPort, 'http');
  assert.equal(of_kind('HorizontalPodAutoscaler').spec.scaleTargetRef.name, of_kind('Deployment').metadata.name);
  assert.equal(of_kind('Deployment').spec.replicas, undefined, 'else each apply undoes the autoscaler');
  assert.ok(of_kind('HorizontalPodAutoscaler').spec.minReplicas > of_kind('PodDisruptionBudget').spec.maxUnavailable);

  const [readers, monitoring] = of_kind('NetworkPolicy').spec.ingress.map(({ ports: [{ port }] }) => port);
  assert.deepEqual([readers, monitoring], [ports.http, ports.ops]);
  const { annotations } = template.metadata;
  assert.equal(Number(annotations['prometheus.io/port']), ports.ops);
  const ingress = of_kind('Ingress');
  assert.equal(`https://${ingress.spec.rules[0].host}`, setting('site', 'url'));
});

test('nothing runs as root or can write to its image', () => {
  const pod = of_kind('Deployment').spec.template.spec;
  assert.deepEqual([pod.securityContext.runAsNonRoot, pod.securityContext.seccompProfile.type], [true, 'RuntimeDefault']);
  assert.ok(pod.securityContext.runAsUser > 0 && pod.automountServiceAccountToken === false);
  assert.deepEqual(container().securityContext, {
    allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] },
  });
});

test('the server takes this configuration, has these probes, and serves this metric', async () => {
  const folder = await temporary_folder();
  const file = join(folder.path, 'parley.toml');
  await writeFile(file, settings_file());
  const server = await Server.start(join(folder.path, 'parley.db'), { 'server.host': '127.0.0.1', 'ops.host': '127.0.0.1' }, ['--config', file]);
  const ops = `http://127.0.0.1:${server.ops_port}`;
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    assert.equal((await fetch(ops + container()[probe].httpGet.path)).status, 200, probe);
  }
  const metrics = await (await fetch(ops + of_kind('Deployment').spec.template.metadata.annotations['prometheus.io/path'])).text();
  for (const { pods } of of_kind('HorizontalPodAutoscaler').spec.metrics) {
    if (pods) assert.match(metrics, new RegExp(`^${pods.metric.name} \\d+$`, 'm'));
  }
  await server.stop();
  await folder.remove();
});
