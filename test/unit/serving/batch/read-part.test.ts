import { describe, expect, it } from 'vitest';
import { cutRows } from '../../../../functions/serving/batch/read-part.ts';

describe('the parts of a file', () => {
  it.each([
    ['leave row groups whole', [40, 40, 40, 40, 10], ['0-80', '80-170']],
    ['cut a row group that is larger than a part', [250], ['0-100', '100-200', '200-250']],
    ['take a small row group to what is left of a large one', [150, 50], ['0-100', '100-200']],
    ['are none of an empty file', [], []],
    ['are none of an empty row group', [0, 5], ['0-5']],
  ])('%s', (_, groups, parts) => {
    expect(cutRows(groups, 100).map(({ start, end }) => `${start}-${end}`)).toEqual(parts);
  });

  it('cover every row once', () => {
    const groups = Array.from({ length: 50 }, (_, i) => (i * 37) % 230);
    const parts = cutRows(groups, 100);
    const rows = groups.reduce((sum, group) => sum + group, 0);
    expect(parts.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(rows);
    expect(parts.every(({ start }, i) => start === (parts[i - 1]?.end ?? 0))).toBe(true);
    expect(Math.max(...parts.map(({ start, end }) => end - start))).toBeLessThanOrEqual(100);
  });
});
