import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createS3, type S3Options } from '../../../../lib/local/s3/index.ts';

export interface Told {
  readonly type: string;
  readonly detail: Record<string, never>;
  readonly resource: string;
}

/** An S3 on a free port with the bucket `b`, and the SDK's client for it. */
export async function startS3(options: Partial<S3Options> = {}, bucket: object = {}) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'slipway-s3-'));
  const told: Told[] = [];
  const s3 = createS3({
    dataDir,
    notify: (type, detail, resource) =>
      void told.push({ type, detail: detail as Told['detail'], resource }),
    ...options,
  });
  await s3.providers[0]!.create(
    'B',
    {
      NotificationConfiguration: { EventBridgeConfiguration: {} },
      ...bucket,
    },
    { region: '', accountId: '', assetPath: () => '' },
  );
  await s3.start();
  const server = createServer((request, response) => void s3.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    s3,
    client,
    endpoint,
    dataDir,
    told,
    put: (Key: string, Body: string | Buffer = 'x', more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket: 'b', Key, Body, ...more })),
    get: async (Key: string, more: object = {}) => {
      const output = await client.send(new GetObjectCommand({ Bucket: 'b', Key, ...more }));
      return { ...output, text: (await output.Body?.transformToString()) ?? '' };
    },
    /** A bare request whose signature is not checked, because it stands in a header. */
    raw: (path: string, init: RequestInit = {}) =>
      fetch(endpoint + path, { ...init, headers: { authorization: 'AWS4', ...init.headers } }),
    /** Files that hold objects or parts. */
    files: () =>
      readdirSync(join(dataDir, 's3', 'objects'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await s3.stop();
    },
    close: async function close() {
      await this.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
