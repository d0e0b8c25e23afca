import type { Api } from './api.ts';
import { ENDPOINT, MODEL } from './documents.ts';
import { Traffic } from './traffic.ts';

interface RollbackResult {
  readonly ack_to_live_ms: number;
  readonly requests: number;
  readonly failed: number;
}

/** Moves the champion alias to a version by one call, under traffic, until that version answers. */
export async function moveChampion(
  api: Api,
  version: string,
  bodies: readonly string[],
): Promise<RollbackResult> {
  const traffic = new Traffic(api.url, ENDPOINT, bodies);
  try {
    await api.call('POST', '/api/2.0/mlflow/registered-models/alias', {
      name: MODEL,
      alias: 'champion',
      version,
    });
    const ack_to_live_ms = await traffic.liveAfter(version, Date.now());
    return { ack_to_live_ms, requests: traffic.answers.length, failed: traffic.failed };
  } finally {
    await traffic.stop();
  }
}
