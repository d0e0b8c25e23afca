import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretsKey } from '../../../lib/local/secrets-key.ts';
import { temporaryFolder } from './support/aws-server.ts';

const NAME = 'webhook-secrets.key';
const OTHER = Buffer.alloc(32, 7).toString('base64');

describe('the key of webhook secrets', () => {
  it('is made once, for its owner alone', () => {
    const folder = temporaryFolder();
    const key = secretsKey(folder);
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(secretsKey(folder)).toBe(key);
    expect(statSync(join(folder, NAME)).mode & 0o777).toBe(0o600);
  });

  it('is made where a start ended before it had written it', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, NAME), '');
    expect(Buffer.from(secretsKey(folder), 'base64')).toHaveLength(32);
  });

  it('may be several', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, NAME), `${OTHER},${OTHER}\n`);
    expect(secretsKey(folder)).toBe(`${OTHER},${OTHER}`);
  });

  it.each(['x', ' \n', `${OTHER},`, OTHER.slice(0, 20)])(
    'that is damaged is told of, and left as it is: %j',
    (text) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, NAME), text);
      expect(() => secretsKey(folder)).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          message: expect.stringMatching(/webhook-secrets\.key holds no key of 32 bytes: /),
        }),
      );
      expect(readFileSync(join(folder, NAME), 'utf8')).toBe(text);
    },
  );
});
