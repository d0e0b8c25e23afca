import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { follow } from '../../../../lib/local/cli/follow.ts';
import { temporaryFolder } from '../support/aws-server.ts';

test('a log is followed from its end on, also when it is set aside and begun anew', async () => {
  const file = join(temporaryFolder(), 'fn.log');
  writeFileSync(file, 'before\n');
  let seen = '';
  const watcher = follow(file, (bytes) => {
    seen += Buffer.from(bytes).toString();
  });
  onTestFinished(() => watcher.close());

  appendFileSync(file, 'one\n');
  await expect.poll(() => seen).toBe('one\n');
  appendFileSync(file, 'two\n');
  renameSync(file, `${file}.1`);
  appendFileSync(file, 'three\n');
  await expect.poll(() => seen).toBe('one\ntwo\nthree\n');
  appendFileSync(file, 'ä'.repeat(100_000));
  await expect.poll(() => seen.length).toBe('one\ntwo\nthree\n'.length + 100_000);
});
