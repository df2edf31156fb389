// The examples of the API's documents as test vectors for the parsers of the server and of the page:
// node support/api_examples.mjs writes tests/data/protocol/examples.json; contract.test.mjs says whether it is current.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const tests = join(dirname(fileURLToPath(import.meta.url)), '..');
const documents = join(tests, '../server/protocol/documents');
export const examples_file = join(tests, 'data/protocol/examples.json');

/** What the server's parsers are called in the vectors, by operation. */
const parsers = {
  putDiscussion: 'put_discussion', postComment: 'post_comment', patchComment: 'patch_comment', putVote: 'vote',
  signUp: 'credentials', signIn: 'credentials', patchMe: 'password_change', putBan: 'ban',
};

export async function make_examples() {
  const read = async (name) => parse(await readFile(join(documents, name), 'utf8'));
  const [openapi, asyncapi] = [await read('openapi.yaml'), await read('asyncapi.yaml')];
  const requests = [];
  for (const item of Object.values(openapi.paths)) {
    for (const { operationId, requestBody } of Object.values(item).filter((one) => one.requestBody)) {
      const body = requestBody.$ref ? openapi.components.requestBodies[requestBody.$ref.split('/').at(-1)] : requestBody;
      for (const { value } of Object.values(body.content['application/json'].examples)) {
        if (!parsers[operationId]) throw new Error(`which parser reads the body of ${operationId}?`);
        requests.push({ operation: parsers[operationId], json: JSON.stringify(value) });
      }
    }
  }
  const payloads = (operation) =>
    asyncapi.operations[operation].messages.flatMap(({ $ref }) => asyncapi.components.messages[$ref.split('/').at(-1)].examples.map(({ payload }) => payload));
  for (const payload of payloads('hear')) requests.push({ operation: 'live', json: JSON.stringify(payload) });
  return `${JSON.stringify({ requests, frames: payloads('tell') }, null, 1)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(examples_file, await make_examples());
