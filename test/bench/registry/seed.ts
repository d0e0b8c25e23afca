import { setTimeout as pause } from 'node:timers/promises';
import { listFresh } from '../../../functions/registry/catalogue/catalogue-store.ts';
import { modelPut } from '../../../functions/registry/models/model-store.ts';
import { versionPuts } from '../../../functions/registry/versions/version-store.ts';
import { transactWrite, type Write } from '../../../functions/shared/dynamo/index.ts';
import type { TestHost } from '../../support/host.ts';

/** `REGISTRY_MODELS=1000` for a first look: to write them all takes minutes. */
export const MODELS = Number(process.env.REGISTRY_MODELS ?? 10_000);
export const VERSIONS = 10;
const ROWS_PER_TRANSACTION = 100;
const TRANSACTIONS_AT_ONCE = 4;
const START = 1_750_000_000_000;

/** `team-07.model-00421`: a hundred teams with a hundred models each. */
export const nameOf = (model: number) =>
  `team-${String(model % 100).padStart(2, '0')}.model-${String(model).padStart(5, '0')}`;

/** Every version has a verdict, one of 7 owners, and is one of 20,000 tickets with five versions each. */
const tagsOf = (i: number) => ({
  model_validation_status: i % 10 === 0 ? 'FAILED' : 'PASSED',
  owner: `owner-${i % 7}`,
  ticket: `T-${i % 20_000}`,
});

/** Fresh versions that a host at rest has fewer of: so many are worth a segment. */
const AT_REST = 64;

/** Waits until the catalogue has taken in what was written. */
export async function settled(): Promise<void> {
  for (;;) {
    let fresh = 0;
    for await (const _ of listFresh({ limit: AT_REST })) {
      fresh += 1;
      if (fresh === AT_REST) break;
    }
    if (fresh < AT_REST) return;
    await pause(2000);
  }
}

/** Models and versions as the API writes them, without their events. */
export async function seedVersions(host: TestHost): Promise<void> {
  host.useTables({ REGISTRY_TABLE: 'slipway-dev-registry' });
  const writes: Write[] = [];
  for (let model = 0; model < MODELS; model++) writes.push(...rowsOf(model));
  const batches = Array.from({ length: Math.ceil(writes.length / ROWS_PER_TRANSACTION) }, (_, i) =>
    writes.slice(i * ROWS_PER_TRANSACTION, (i + 1) * ROWS_PER_TRANSACTION),
  );
  const worker = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) await transactWrite(batch);
  };
  await Promise.all(Array.from({ length: TRANSACTIONS_AT_ONCE }, worker));
}

function rowsOf(model: number): Write[] {
  const name = nameOf(model);
  const base = { name, creation_timestamp: START, user_id: 'ana', tags: {} };
  const versions = Array.from({ length: VERSIONS }, (_, v) => {
    const i = model * VERSIONS + v;
    // Recency has nothing to do with names: models are trained anew all the time.
    const updated = START + ((i * 7919) % (MODELS * VERSIONS)) * 1000;
    return versionPuts({
      ...base,
      version: v + 1,
      last_updated_timestamp: updated,
      current_stage: 'None',
      source: `mlflow-artifacts:/0/${String(i).padStart(32, '0')}/artifacts/model`,
      run_id: String(i).padStart(32, '0'),
      status: 'READY',
      tags: tagsOf(i),
    });
  });
  const row = {
    ...base,
    last_updated_timestamp: START,
    last_version: VERSIONS,
    latest: { None: VERSIONS },
    rev: VERSIONS,
  };
  return [modelPut(row as Parameters<typeof modelPut>[0]), ...versions.flat()];
}
