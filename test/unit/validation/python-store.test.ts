import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadInPython, scoreInPython } from '../../../functions/validation/python-store.ts';

interface Answer {
  readonly status?: number;
  readonly error?: string;
  readonly body: object;
}

/** Lambda's API, which answers in turn. */
async function lambda(...answers: readonly Answer[]) {
  const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { url: path = '', headers } = request;
    received.push({ path, headers, body: await text(request) });
    const { status = 200, error, body } = answers[received.length - 1] ?? { body: {} };
    if (error) response.setHeader('x-amz-function-error', error);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv(
    'AWS_ENDPOINT_URL_LAMBDA',
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  return received;
}

const event = {
  score: {
    location: { bucket: 'b', key: 'k' },
    body: '{"größe":1}',
    content_type: 'application/json',
    timeout_ms: 1,
  },
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('SERVING_PYTHON_FUNCTION', 'slipway-dev-serving-python');
});

describe('the function of Python models', () => {
  it('is called with a signed request, and its answer is the answer', async () => {
    const received = await lambda({ body: { body: '{"predictions":[1]}' } });
    expect(await scoreInPython(event)).toEqual({ body: '{"predictions":[1]}' });
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = received;
    expect(path).toBe('/2015-03-31/functions/slipway-dev-serving-python/invocations');
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
    );
    expect(JSON.parse(body)).toEqual(event);
  });

  it('loads a model, or says why it cannot', async () => {
    const received = await lambda({ body: {} }, { body: { problem: 'no MLmodel', log: '' } });
    const location = { bucket: 'b', key: 'm' };
    expect(await loadInPython(location)).toBeUndefined();
    expect(await loadInPython(location)).toBe('no MLmodel');
    expect(received.map(({ body }) => JSON.parse(body))).toEqual(
      Array(2).fill({ warm: { location } }),
    );
  });

  it('is asked again when Lambda is busy', async () => {
    const busy = { status: 429, body: { message: 'Rate Exceeded' } };
    const received = await lambda(busy, { status: 503, body: {} }, { body: { body: '[]' } });
    expect(await scoreInPython(event)).toEqual({ body: '[]' });
    expect(received).toHaveLength(3);
  });

  it.each([
    ['dies', { error: 'Unhandled', body: { errorMessage: 'signal: killed' } }, 'signal: killed'],
    ['is gone', { status: 404, body: { Message: 'Function not found' } }, 'Function not found'],
  ])('fails once when it %s', async (_how, answer, why) => {
    const received = await lambda(answer);
    await expect(scoreInPython(event)).rejects.toThrow(why);
    expect(received).toHaveLength(1);
  });
});
