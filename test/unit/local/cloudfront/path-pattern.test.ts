import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizedPath, pathPattern } from '../../../../lib/local/cloudfront/path-pattern.ts';
import {
  NORMALIZED,
  ORDER,
  PATH_PATTERN_PAGE,
  PATH_PATTERNS,
} from '../../../support/known-answers/path-patterns.ts';

describe(`path patterns as in ${PATH_PATTERN_PAGE}`, () => {
  it.each(PATH_PATTERNS)('%s', (pattern, matching, others) => {
    const matches = pathPattern(pattern);
    expect(matching.filter((path) => !matches(path))).toEqual([]);
    expect(others.filter((path) => matches(path))).toEqual([]);
  });

  it.each(Object.entries(ORDER.chosen))('%s belongs to the first that matches', (path, chosen) => {
    const first = [...ORDER.patterns, '*'].find((pattern) => pathPattern(pattern)(path));
    expect(first).toBe(chosen);
  });

  it.each(NORMALIZED)('%s is compared as %s', (raw, compared) => {
    expect(normalizedPath(raw)).toBe(compared);
  });

  it('compares every path in one form, whatever it was', () => {
    const segment = fc.constantFrom('a', '.', '..', '', '%2e', '%2F', '%41', 'b.c', '...');
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const once = normalizedPath(`/${segments.join('/')}`);
        expect(once).toMatch(/^\//);
        expect(once.split('/')).not.toContain('..');
        expect(once).not.toContain('//');
        expect(normalizedPath(once)).toBe(once);
      }),
    );
  });
});
