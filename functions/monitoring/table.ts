/** A column of the inference log as a table: its Parquet type and, by that, Athena's. */
export interface LogColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT32' | 'INT64' | 'DOUBLE' | 'TIMESTAMP';
}

/** Where the files of the table lie in the bucket, by `endpoint=` and `day=`. */
export const LOG_TABLE_PREFIX = 'inference-log-table';

/** Databricks' columns of an inference table, then Slipway's. Texts hold JSON where values are no scalars. */
export const LOG_COLUMNS: readonly LogColumn[] = [
  { name: 'client_request_id', type: 'STRING' },
  { name: 'databricks_request_id', type: 'STRING' },
  { name: 'date', type: 'STRING' },
  { name: 'timestamp_ms', type: 'INT64' },
  { name: 'status_code', type: 'INT32' },
  { name: 'execution_time_ms', type: 'INT64' },
  { name: 'request', type: 'STRING' },
  { name: 'response', type: 'STRING' },
  { name: 'sampling_fraction', type: 'DOUBLE' },
  { name: 'request_metadata', type: 'STRING' },
  { name: 'event_time', type: 'TIMESTAMP' },
  { name: 'served_entity', type: 'STRING' },
  { name: 'model', type: 'STRING' },
  { name: 'version', type: 'STRING' },
  { name: 'failed_version', type: 'STRING' },
  { name: 'row_count', type: 'INT32' },
  { name: 'shadows', type: 'STRING' },
  { name: 'label', type: 'STRING' },
  { name: 'label_time', type: 'TIMESTAMP' },
];
