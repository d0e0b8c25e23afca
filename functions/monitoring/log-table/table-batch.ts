import { type BatchRun, getBatchRun } from '../../serving/index.ts';
import { writeTableFile } from './log-table-store.ts';
import { type TableRow, toParquet } from './to-parquet.ts';

/**
 * Writes what a batch inference did beside what endpoints answered, one row a part: its request names the
 * rows of the input, its response the file with their predictions. A repeated call writes the same file.
 */
export async function tableBatch({ batch_id: id }: { readonly batch_id: string }): Promise<void> {
  const run = await getBatchRun(id);
  if (!run) return;
  const day = new Date(run.endedAt).toISOString().slice(0, 10);
  const file = { endpoint: partitionOf(run.model), day, series: `batch-${id}` };
  await writeTableFile(file, toParquet(run.parts.map((part) => toRow(run, part))));
}

/** No endpoint has a dot in its name. */
const partitionOf = (model: string) => `batch.${model.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}`;

function toRow(run: BatchRun, part: BatchRun['parts'][number]): TableRow {
  const { id, model, version, endedAt } = run;
  const { index, rows, failed, input, output, start, end } = part;
  const metadata = { batch_id: id, model_name: model, model_version: version };
  return {
    client_request_id: null,
    databricks_request_id: `${id}-${index}`,
    date: new Date(endedAt).toISOString().slice(0, 10),
    timestamp_ms: BigInt(endedAt),
    status_code: 200,
    execution_time_ms: null,
    request: JSON.stringify({ input, start, end }),
    response: JSON.stringify({ output, rows, failed_rows: failed }),
    sampling_fraction: 1,
    request_metadata: JSON.stringify(metadata),
    event_time: new Date(endedAt),
    served_entity: null,
    model,
    version,
    failed_version: null,
    row_count: rows + failed,
    shadows: null,
    label: null,
    label_time: null,
  };
}
