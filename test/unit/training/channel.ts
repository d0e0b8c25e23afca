import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { onTestFinished } from 'vitest';

type Types = 'DOUBLE' | 'INT32' | 'INT64' | 'STRING' | 'BOOLEAN' | 'TIMESTAMP';

/** A folder laid out as a training job finds it; removed when the test is over. */
export function jobFolder(hyperparameters: Record<string, string>, files: Record<string, Buffer>) {
  const root = mkdtempSync(join(tmpdir(), 'slipway-training-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  write('input/config/hyperparameters.json', JSON.stringify(hyperparameters));
  mkdirSync(join(root, 'input/data/train'), { recursive: true });
  for (const [name, content] of Object.entries(files)) write(`input/data/train/${name}`, content);
  return root;
}

export const parquet = (columns: Record<string, readonly [Types, unknown[]]>): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: Object.entries(columns).map(([name, [type, data]]) => ({ name, type, data })),
    }),
  );
