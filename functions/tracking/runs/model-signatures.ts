import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../mlflow/index.ts';
import { key, queryAll, type Write } from '../../shared/dynamo/index.ts';
import { trackingTableName } from '../keys.ts';
import { runPartition } from './run.ts';

/** What a model that was logged to a run said of its inputs. */
export interface ModelSignature {
  readonly artifact_path: string;
  /** JSON text of the columns. */
  readonly inputs: string;
}

/** Characters of the columns: an item has 400 KB. */
const MAX_INPUTS = 100_000;

/** Keeps the signature of a model: the run's history of models has none. */
export function signatureWrites(runId: string, model: JsonObject): Write[] {
  const { artifact_path, signature } = model;
  const inputs = isJsonObject(signature) ? signature.inputs : undefined;
  if (typeof artifact_path !== 'string' || typeof inputs !== 'string') return [];
  if (inputs.length > MAX_INPUTS) return [];
  const path = createHash('sha256').update(artifact_path).digest('hex');
  const keys = { pk: runPartition(runId), sk: key('SIGNATURE', path) };
  const signed = { artifact_path, inputs } satisfies ModelSignature;
  return [{ table: trackingTableName(), put: { ...keys, signed } }];
}

export async function signaturesOfRun(runId: string): Promise<ModelSignature[]> {
  const found: ModelSignature[] = [];
  for await (const { signed } of queryAll<{ signed: ModelSignature }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :signature)',
    values: { ':pk': runPartition(runId), ':signature': 'SIGNATURE#' },
  })) {
    found.push(signed);
  }
  return found;
}
