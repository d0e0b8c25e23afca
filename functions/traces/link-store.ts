import { key, queryAll, writeOne } from '../shared/dynamo/index.ts';
import { tracesTableName } from './trace-keys.ts';

/** What a trace may be linked to: a run by its id, a version of a prompt as `<name>/<version>`. */
export interface LinkTarget {
  readonly kind: 'RUN' | 'PROMPT';
  readonly id: string;
}

const linkPartition = ({ kind, id }: LinkTarget) => key(kind, id);

/** Links traces, whether or not they have arrived yet; a link that is there stays. */
export async function putLinks(traceIds: readonly string[], target: LinkTarget): Promise<void> {
  const table = tracesTableName();
  await Promise.all(
    [...new Set(traceIds)].map((sk) => writeOne({ table, put: { pk: linkPartition(target), sk } })),
  );
}

/** Ids of the traces that are linked; some may have been deleted, or have not arrived. */
export async function linkedTraces(target: LinkTarget): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { sk } of queryAll<{ sk: string }>({
    table: tracesTableName(),
    condition: 'pk = :pk',
    values: { ':pk': linkPartition(target) },
  })) {
    found.add(sk);
  }
  return found;
}
