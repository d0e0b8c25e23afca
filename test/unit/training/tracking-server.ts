import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

type Answer = { readonly status?: number; readonly body: object } | undefined;

/** An MLflow server that writes down what it is asked; `answer` may answer otherwise. */
export async function trackingServer(answer: (request: Received) => Answer = () => undefined) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const asked = { method, path: url, body: await bodyOf(request) };
    received.push(asked);
    const { status = 200, body } = answer(asked) ?? { body: usual(asked) };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}`,
    received,
    /** Bodies of the calls to an endpoint of the API. */
    calls: <T>(endpoint: string): T[] =>
      received
        .filter(({ path }) => path === `/api/2.0/mlflow/${endpoint}`)
        .map(({ body }) => JSON.parse(body.toString()) as T),
    artifact: (path: string) =>
      received.find(
        (request) =>
          request.method === 'PUT' &&
          request.path === `/api/2.0/mlflow-artifacts/artifacts/7/run-1/artifacts/${path}`,
      )?.body,
  };
}

function usual({ path }: Received): object {
  const info = { run_id: 'run-1', artifact_uri: 'mlflow-artifacts:/7/run-1/artifacts' };
  if (/runs\/(get|create)/.test(path)) return { run: { info } };
  if (path.endsWith('experiments/create')) return { experiment_id: '7' };
  if (path.endsWith('model-versions/create')) return { model_version: { version: '4' } };
  return {};
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
