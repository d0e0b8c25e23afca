import { zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { LOG_COLUMNS, type LogColumn } from '../table.ts';
import type { LabelledRequest } from '../windows/labels-evaluation.ts';

type Cell = string | number | bigint | Date | null;
export type TableRow = Readonly<Record<string, Cell>>;

/** A request as a row of the table, with the label that came for it. */
export function toTableRow({ row, payload, label }: LabelledRequest): TableRow {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  return {
    client_request_id: row.clientRequestId ?? null,
    databricks_request_id: row.databricksRequestId,
    date: row.date,
    timestamp_ms: BigInt(row.timestampMs),
    status_code: row.statusCode,
    execution_time_ms: BigInt(row.executionTimeMs),
    request: text(payload.request),
    response: text(payload.response),
    sampling_fraction: row.samplingFraction,
    // The database gives a map's entries in any order.
    request_metadata: text(Object.fromEntries(Object.entries(row.requestMetadata).sort())),
    event_time: row.eventTime === undefined ? null : new Date(row.eventTime),
    served_entity: row.servedEntity ?? null,
    model: row.model ?? null,
    version: row.version ?? null,
    failed_version: row.failedVersion ?? null,
    row_count: row.rows,
    shadows: payload.shadows.length > 0 ? text(payload.shadows) : null,
    label: text(label?.label),
    label_time: label ? new Date(label.time) : null,
  };
}

/**
 * A Parquet file of the rows; the same rows give the same bytes. Zstandard is Node's own and takes a third of
 * the time that the writer's Snappy takes, for files of 60 % of the size.
 */
export function toParquet(rows: readonly TableRow[]): Uint8Array {
  const columnData = LOG_COLUMNS.map(({ name, type }: LogColumn) => ({
    name,
    type,
    nullable: true,
    data: rows.map((row) => row[name] ?? null),
  }));
  return new Uint8Array(
    parquetWriteBuffer({ columnData, codec: 'ZSTD', compressors: { ZSTD: zstdCompressSync } }),
  );
}
