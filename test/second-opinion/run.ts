import { readFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { KnownAnswer } from './case.ts';
import { dynamoCases } from './cases/dynamodb.ts';
import { eventCases } from './cases/events.ts';
import { s3Cases } from './cases/s3.ts';
import { sqsCases } from './cases/sqs.ts';
import { statesCases } from './cases/states.ts';
import { templateCases } from './cases/template.ts';
import { languageServiceIn } from './language-service.ts';
import { ownServices } from './own-services.ts';
import { clientsOf, type Peer } from './peer.ts';

/**
 * Runs the tables of known answers against the local host and against what others wrote, and prints
 * where they disagree with AWS's page. The host must give every answer; a peer's disagreement must
 * be in `expected-differences.json` with its answer, and one that is listed must still be there.
 */
const { values } = parseArgs({
  options: {
    ministack: { type: 'string' },
    'dynamodb-local': { type: 'string' },
    'language-service': { type: 'string' },
  },
});

interface Difference {
  readonly peer: string;
  readonly case: string;
  /** What the peer does, in words. */
  readonly does: string;
  /** What it answers: another answer is another difference. */
  readonly answer: unknown;
}

const file = new URL('./expected-differences.json', import.meta.url);
const expected = JSON.parse(readFileSync(file, 'utf8')) as Difference[];
const cases: readonly KnownAnswer[] = [
  ...[...dynamoCases, ...eventCases, ...s3Cases, ...sqsCases],
  ...statesCases,
  ...templateCases,
];

const own = await ownServices();
const peers: Peer[] = [own];
if (values.ministack) {
  const services = ['dynamodb', 'events', 's3', 'sqs', 'template'] as const;
  peers.push(at('ministack', values.ministack, services));
}
if (values['dynamodb-local']) {
  peers.push(at('dynamodb-local', values['dynamodb-local'], ['dynamodb']));
}
if (values['language-service']) {
  const define = languageServiceIn(values['language-service']);
  peers.push({ ...at('language-service', 'http://127.0.0.1:1', ['states']), define });
}

let passed = 0;
let failed = 0;
for (const peer of peers) {
  const clients = await clientsOf(peer);
  for (const one of cases.filter(({ service }) => peer.services.includes(service))) {
    const answer = await one.run(clients).catch((error: unknown) => String(error));
    const agrees = isDeepStrictEqual(answer, one.expected);
    const name = `${one.service}: ${one.name}`;
    const listed = expected.find((known) => known.peer === peer.name && known.case === name);
    if (agrees ? !listed : listed && isDeepStrictEqual(answer, listed.answer)) passed += 1;
    else {
      failed += 1;
      const other = listed ? `answers something else than ${short(listed.answer)} to` : 'fails';
      const problem = agrees ? 'no longer differs in' : other;
      console.log(`failed: second opinion: ${peer.name} ${problem} ${name}`);
    }
    if (agrees) continue;
    console.log(`  ${peer.name}, ${name}: ${short(answer)} instead of ${short(one.expected)}`);
    console.log(`    https://docs.aws.amazon.com/${one.page}`);
  }
}
await own.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function at(name: string, endpoint: string, services: Peer['services']): Peer {
  return { name, services, endpointOf: () => endpoint };
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
