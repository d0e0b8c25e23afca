import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DomainError } from './errors.ts';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a secret with the newest of the keys (32 bytes in base64, commas between them). `owner` is
 * bound to the box: a box that is copied to another owner's row does not open.
 */
export function seal(secret: string, owner: string, keys: string | undefined): string {
  const [key] = parseKeys(keys);
  if (!key) {
    throw new DomainError(
      'NOT_IMPLEMENTED',
      'This environment has no key for secrets: set the stack parameter WebhookSecretsKey',
    );
  }
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv);
  cipher.setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const box = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  return `v1:${keyId(key)}:${box}`;
}

/** Undoes `seal` with whichever key it was sealed with. Throws when none is that key. */
export function open(box: string, owner: string, keys: string | undefined): string {
  const [version, id, content = ''] = box.split(':');
  const key = parseKeys(keys).find((candidate) => keyId(candidate) === id);
  if (version !== 'v1' || !key) throw new Error('The key of this secret is not there any more');
  const bytes = Buffer.from(content, 'base64');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const rest = bytes.subarray(IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(rest), decipher.final()]).toString('utf8');
}

function parseKeys(keys = ''): Buffer[] {
  const parsed = keys.split(',').filter(Boolean);
  return parsed.map((key) => Buffer.from(key, 'base64')).filter(({ length }) => length === 32);
}

const keyId = (key: Buffer) => createHash('sha256').update(key).digest('hex').slice(0, 8);
