import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { awsPortListener } from '../../../../lib/local/aws-port.ts';
import type { AwsService, ResourceContext } from '../../../../lib/local/service.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface AwsServer {
  readonly origin: string;
  /** Settings of an SDK client that talks to this server. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** The AWS port with these services, until the test ends. */
export async function awsServer(services: readonly AwsService[]): Promise<AwsServer> {
  const opened = await openAwsServer(services);
  onTestFinished(opened.close);
  return opened;
}

/** The AWS port with these services, until it is closed. */
export async function openAwsServer(
  services: readonly AwsService[],
): Promise<AwsServer & { readonly close: () => Promise<void> }> {
  const server = createServer(awsPortListener(services));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { origin, client: { endpoint: origin, region: 'us-east-1', credentials }, close };
}

export const resourceContext: ResourceContext = {
  region: 'us-east-1',
  accountId: '000000000000',
  assetPath: (hash) => hash,
};

/** Resolves once `check` holds; fails with what was waited for. */
export async function eventually(check: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`Not within ${PATIENCE_MS} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
