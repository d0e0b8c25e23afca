import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './data-dir/replace-file.ts';
import { UsageError } from './usage-error.ts';

const KEY_BYTES = 32;

/**
 * The key that this data directory's webhook secrets are encrypted with, made at the first start; there may be
 * several, the newest first. Throws `UsageError` for what is none: every secret would be refused.
 */
export function secretsKey(dataDir: string): string {
  const file = join(dataDir, 'webhook-secrets.key');
  // Empty is what a first start left that could not write it.
  if (!statSync(file, { throwIfNoEntry: false })?.size) {
    replaceFile(file, randomBytes(KEY_BYTES).toString('base64'), 0o600);
  }
  const keys = readFileSync(file, 'utf8').trim();
  const isKey = (text: string) => Buffer.from(text, 'base64').length === KEY_BYTES;
  if (keys.split(',').every(isKey)) return keys;
  throw new UsageError(
    `${file} holds no key of ${KEY_BYTES} bytes: put it back from a backup, or delete it, and with it the secrets of all webhooks`,
  );
}
