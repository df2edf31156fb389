// The served documents of the API as a judge: each answer and each frame must be one that they describe,
// and what was seen is counted, so that a test can ask what was described and never seen.

import Ajv2020 from 'ajv/dist/2020.js';
import add_formats from 'ajv-formats';
import { parse } from 'yaml';

const openapi_id = '/api/openapi.yaml';
const asyncapi_id = '/api/asyncapi.yaml';
const methods = ['get', 'put', 'post', 'patch', 'delete'];

const pointer = (...parts) => parts.map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

export class Contract {
  /** The documents as a server gives them. */
  static async of(server) {
    const contract = new Contract();
    for (const [name, id] of [['openapi', openapi_id], ['asyncapi', asyncapi_id]]) {
      const answer = await server.get(id);
      if (answer.status !== 200) throw new Error(`${id}: ${answer.status}`);
      contract[name] = parse(answer.text);
    }
    contract.seen = new Set();
    contract.ajv = new Ajv2020({ strict: false, allErrors: true });
    add_formats(contract.ajv);
    contract.ajv.addSchema(contract.openapi, openapi_id);
    contract.ajv.addSchema(contract.asyncapi, asyncapi_id);
    return contract;
  }

  #check(schema_at, value, what) {
    const validate = this.ajv.getSchema(schema_at);
    if (!validate) throw new Error(`there is no schema at ${schema_at}`);
    if (!validate(value)) throw new Error(`${what}: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  #resolve(node) {
    if (!node.$ref) return { node, at: null };
    const parts = node.$ref.replace(/^#\//, '').split('/');
    return { node: parts.reduce((one, part) => one[part], this.openapi), at: parts };
  }

  /** The documented operation that a request goes to: { path, method, operation }, or nothing. */
  operation_of(method, target) {
    const asked = target.split('?')[0].split('/');
    for (const [path, item] of Object.entries(this.openapi.paths)) {
      const parts = path.split('/');
      const fits = parts.length === asked.length && parts.every((part, i) => (part.startsWith('{') ? asked[i] !== '' : part === asked[i]));
      if (!fits) continue;
      const operation = item[method.toLowerCase()];
      if (operation) return { path, method: method.toLowerCase(), operation };
    }
    return null;
  }

  /** Every answer that the documents tell of as "operation status code", without `default`. */
  described() {
    const all = [];
    for (const item of Object.values(this.openapi.paths)) {
      for (const method of methods) {
        for (const [status, response] of Object.entries(item[method]?.responses ?? {})) {
          if (status === 'default') continue;
          const codes = this.#resolve(response).node['x-codes'] ?? [''];
          all.push(...codes.map((code) => `${item[method].operationId} ${status} ${code}`.trim()));
        }
      }
    }
    return all;
  }

  /** Fails unless the documents tell of this answer to this request, and remembers it. */
  answer(method, target, { status, headers, json, text }) {
    const what = `${method} ${target} -> ${status} ${json?.code ?? ''}`.trim();
    const found = this.operation_of(method, target);
    if (!found) throw new Error(`${what}: no document tells of this request`);
    const { path, operation } = found;
    const exact = operation.responses[status];
    const name = exact ? String(status) : 'default';
    const given = exact ?? operation.responses.default;
    if (!given) throw new Error(`${what}: no document tells of this answer`);
    const { node, at } = this.#resolve(given);
    if (node['x-codes'] && !node['x-codes'].includes(json?.code)) throw new Error(`${what}: no document tells of this code`);
    const type = (headers.get('content-type') ?? '').split(';')[0];
    const types = Object.keys(node.content ?? {});
    if (types.length === 0 && text) throw new Error(`${what}: a body that no document tells of: ${text}`);
    if (types.length > 0 && !types.includes(type)) throw new Error(`${what}: it is ${type}, not ${types}`);
    if (/json$/.test(type) && types.length > 0) {
      const place = at ?? ['paths', path, found.method, 'responses', name];
      this.#check(`${openapi_id}#${pointer(...place, 'content', type, 'schema')}`, json, what);
    }
    this.seen.add(`${operation.operationId} ${exact ? status : 'default'} ${json?.code ?? ''}`.trim());
  }

  /** The schema of an operation's body takes `body` (or does not). */
  takes_body(operation_id, body) {
    for (const [path, item] of Object.entries(this.openapi.paths)) {
      for (const method of methods) {
        if (item[method]?.operationId !== operation_id) continue;
        const { at } = this.#resolve(item[method].requestBody);
        const place = at ?? ['paths', path, method, 'requestBody'];
        return this.ajv.getSchema(`${openapi_id}#${pointer(...place, 'content', 'application/json', 'schema')}`)(body);
      }
    }
    throw new Error(`no operation ${operation_id}`);
  }

  /** Every example of a body as { operation, name, value }. */
  body_examples() {
    const all = [];
    for (const item of Object.values(this.openapi.paths)) {
      for (const method of methods) {
        const body = item[method]?.requestBody;
        if (!body) continue;
        const { examples } = this.#resolve(body).node.content['application/json'];
        for (const [name, { value }] of Object.entries(examples)) all.push({ operation: item[method].operationId, name, value });
      }
    }
    return all;
  }

  /** The messages that the server tells, and those that it hears. */
  messages(operation) {
    return this.asyncapi.operations[operation].messages.map(({ $ref }) => $ref.split('/').at(-1));
  }

  /** Fails unless the documents tell of this message, and remembers it. */
  message(operation, value) {
    const name = value.type;
    if (!this.messages(operation).includes(name)) throw new Error(`no document tells of the message ${JSON.stringify(value)}`);
    const { payload } = this.asyncapi.components.messages[name];
    const place = ['components', 'messages', name, 'payload', ...(payload.schemaFormat ? ['schema'] : [])];
    this.#check(`${asyncapi_id}#${pointer(...place)}`, value, `message ${name}`);
    this.seen.add(`message ${name} ${value.reason ?? value.code ?? ''}`.trim());
  }

  /** Whether the documents allow a client to say this. */
  may_say(value) {
    if (!this.messages('hear').includes(value.type)) return false;
    return this.ajv.getSchema(`${asyncapi_id}#${pointer('components', 'messages', value.type, 'payload')}`)(value);
  }

  message_examples(operation) {
    return this.messages(operation).flatMap((name) => this.asyncapi.components.messages[name].examples.map(({ payload }) => payload));
  }
}
