import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';

const host = new TestHost({ flags: ['--allowed-hosts', 'mlflow.lan, *.example.com'] });
beforeAll(() => host.start());
afterAll(() => host.stop());

/** The status of an answer to whoever calls the host by a name. */
const asked = (url: string, name: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { headers: { host: name } })
      .once('response', (answer) => resolve(answer.resume().statusCode))
      .once('error', reject)
      .end();
  });

it('both ports are asked by the names of this machine, and by those that were allowed', async () => {
  const ports = [`${host.url}/api/3.0/mlflow/server-info`, `${host.awsUrl}/metrics`];
  for (const url of ports) {
    const { host: own, port } = new URL(url);
    for (const name of [own, `localhost:${port}`, 'mlflow.lan', `a.example.com:${port}`]) {
      expect(await asked(url, name)).toBe(200);
    }
    for (const name of ['evil.example', `mlflow.lan.evil.example:${port}`]) {
      expect(await asked(url, name)).toBe(403);
    }
  }
  expect(await asked(`${host.url}/health`, 'evil.example')).toBe(200);
});
