import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Traffic } from '../../../lib/demo/traffic.ts';

/** An endpoint that answers by the versions in their order, the last one from then on. */
async function endpoint(versions: readonly string[]) {
  const moments: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const version = versions[Math.min(moments.length, versions.length - 1)] ?? '';
    moments.push(Date.now());
    response.setHeader('slipway-model-version', version).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const traffic = new Traffic(`http://127.0.0.1:${port}`, 'e', ['{}']);
  onTestFinished(async () => {
    await traffic.stop();
    server.close();
  });
  return { traffic, moments };
}

describe('the time until a version is live', () => {
  it('lasts until no environment answers by another', async () => {
    const since = Date.now();
    const { traffic, moments } = await endpoint(['1', '2', '1', '2', '2', '2', '1', '2']);
    const live = await traffic.liveAfter('2', since);
    expect(live).toBeGreaterThanOrEqual((moments[6] ?? 0) - since);
    const first = traffic.answers.filter(({ at }) => at - since === live);
    expect(first.map(({ version }) => version)).toContain('2');
  });

  it('does not count what was asked before the moment', async () => {
    const { traffic } = await endpoint(['1', '1', '2']);
    await traffic.liveAfter('2', 0);
    const since = Date.now();
    const before = traffic.answers.length;
    const live = await traffic.liveAfter('2', since);
    expect(traffic.answers.length).toBeGreaterThanOrEqual(before + 20);
    expect(live).toBeGreaterThanOrEqual(0);
  });

  it('is unknown while another answers', async () => {
    const { traffic } = await endpoint(['1']);
    await expect(traffic.liveAfter('2', 0, 200)).rejects.toThrow('did not answer alone');
  });
});
