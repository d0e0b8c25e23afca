import { partFile } from './batch.ts';
import { type DonePart, doneParts, getBatch } from './batch-store.ts';

/** What a job that succeeded has scored, for the inference log. */
export interface BatchRun {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly parts: readonly (Pick<DonePart, 'index' | 'start' | 'end' | 'rows' | 'failed'> & {
    /** Addresses of the file that was read, and of the one with the predictions. */
    readonly input: string;
    readonly output: string;
  })[];
}

/** Undefined for a job that has not succeeded. */
export async function getBatchRun(id: string): Promise<BatchRun | undefined> {
  const batch = await getBatch(id);
  if (batch?.endedAt === undefined || batch.status !== 'SUCCEEDED') return undefined;
  const { model, version, endedAt, input, output } = batch;
  const [, bucket = ''] = /^s3:\/\/([^/]+)\//.exec(input) ?? [];
  const parts: BatchRun['parts'][number][] = [];
  for await (const { key, index, start, end, rows, failed } of doneParts(id)) {
    parts.push({
      index,
      start,
      end,
      rows,
      failed,
      input: `s3://${bucket}/${key}`,
      output: `${output.replace(/\/$/, '')}/${partFile(index)}`,
    });
  }
  return { id, model, version, endedAt, parts };
}
