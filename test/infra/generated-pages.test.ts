import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../lib/build/docs.ts';
import { ROOT } from '../../lib/build/paths.ts';

describe('a generated page', () => {
  it.each(Object.entries(generatedPages()))('%s is what the declarations say', (name, text) => {
    expect(readFileSync(join(ROOT, 'docs', name), 'utf8')).toBe(text);
  });
});
