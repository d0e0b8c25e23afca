import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { open, seal } from '../../../functions/shared/secret-box.ts';

const aKey = () => randomBytes(32).toString('base64');

describe('a sealed secret', () => {
  it('comes back as it was, and does not show', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), (secret, owner) => {
        const key = aKey();
        const box = seal(secret, owner, key);
        expect(open(box, owner, key)).toBe(secret);
        expect(box).not.toContain(secret);
      }),
    );
  });

  it('opens with an older key after a newer one was put before it', () => {
    const [old, fresh] = [aKey(), aKey()];
    expect(open(seal('s', 'w', old), 'w', `${fresh},${old}`)).toBe('s');
  });

  it('does not open for another owner, when it was changed, or without its key', () => {
    const key = aKey();
    const box = seal('secret', 'w1', key);
    expect(() => open(box, 'w2', key)).toThrow();
    expect(() => open(`${box.slice(0, -6)}AAAAA=`, 'w1', key)).toThrow();
    expect(() => open(box, 'w1', aKey())).toThrow('not there any more');
  });

  it('is refused where there is no key', () => {
    expect(() => seal('s', 'w', '')).toThrow('WebhookSecretsKey');
  });
});
