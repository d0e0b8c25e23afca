import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The key that this data directory's webhook secrets are encrypted with, made at the first start. */
export function secretsKey(dataDir: string): string {
  const file = join(dataDir, 'webhook-secrets.key');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}
