import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startEngine } from '../../../../lib/local/dynamodb/engine.ts';
import { freePort } from '../../../../lib/local/shared/free-port.ts';
import { temporaryFolder } from '../support/aws-server.ts';

it('an engine whose port another program takes first gets another one', async () => {
  const other = createServer((_, response) => response.end('no engine'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const taken = (other.address() as AddressInfo).port;
  const ports = [taken, await freePort()];

  const file = join(temporaryFolder(), 'dynamodb.db');
  const engine = await startEngine(
    file,
    () => {},
    async () => ports.shift() ?? freePort(),
  );
  onTestFinished(() => engine.stop());

  expect(engine.endpoint).not.toBe(`http://127.0.0.1:${taken}`);
  const answer = await fetch(engine.endpoint);
  expect(answer.headers.get('x-dynoxide-version')).not.toBeNull();
});
