import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getItem, key, writeOne } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';
import { LOG_TABLE_PREFIX } from '../table.ts';
import { platformTableName } from '../windows/window-store.ts';

let client: S3Client | undefined;

/** Key of the one file that holds a series' requests of a day. */
const tableFileKey = (file: {
  readonly endpoint: string;
  readonly day: string;
  readonly series: string;
}): string =>
  `${LOG_TABLE_PREFIX}/endpoint=${file.endpoint}/day=${file.day}/${file.series.replace(':', '-')}.parquet`;

export async function writeTableFile(
  file: Parameters<typeof tableFileKey>[0],
  content: Uint8Array,
): Promise<string> {
  client ??= new S3Client({});
  const Key = tableFileKey(file);
  const Bucket = requiredEnv('ARTIFACTS_BUCKET');
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: content,
      ContentType: 'application/vnd.apache.parquet',
    }),
  );
  return Key;
}

const cursorKey = (series: string) => ({ pk: key('LOGTABLE', series), sk: 'STATE' });

/** End of the newest span that was written, epoch milliseconds; undefined before the first. */
export async function compactedUntil(series: string): Promise<number | undefined> {
  const row = await getItem<{ until: number }>(platformTableName(), cursorKey(series));
  return row?.until;
}

export async function saveCompactedUntil(series: string, until: number): Promise<void> {
  await writeOne({
    put: { ...cursorKey(series), type: 'log-table', until },
    table: platformTableName(),
  });
}
