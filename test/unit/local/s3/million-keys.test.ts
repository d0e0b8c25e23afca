import { describe, expect, it, vi } from 'vitest';
import { S3Database } from '../../../../lib/local/s3/database.ts';
import { ObjectIndex } from '../../../../lib/local/s3/object-index.ts';
import { listPage } from '../../../../lib/local/s3/operations/list-objects.ts';

describe('a listing of a million keys', () => {
  it('reads a page, or one key for each prefix of it, and not the others', () => {
    const database = new S3Database(':memory:');
    database.raw.exec(
      `BEGIN;
       WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 999999)
       INSERT INTO objects SELECT 'b', printf('run/%03d/%06d', n / 1000, n), '', 1, '', 0, '{}', NULL, '{}'
       FROM numbers;
       COMMIT;`,
    );
    const index = new ObjectIndex(database);
    const list = vi.spyOn(index, 'list');
    const read = () => list.mock.results.reduce((sum, { value }) => sum + value.length, 0);
    const from = { bucket: 'b', prefix: '', delimiter: '', after: '', limit: 1000 };

    const middle = listPage(index, { ...from, after: 'run/500/500499' });
    expect(middle.objects.map(({ key }) => key).slice(0, 2)).toEqual([
      'run/500/500500',
      'run/500/500501',
    ]);
    expect(middle.objects).toHaveLength(1000);
    expect(read()).toBe(1001);
    list.mockClear();

    const folders = listPage(index, { ...from, prefix: 'run/', delimiter: '/', limit: 100 });
    expect(folders.prefixes.slice(0, 2)).toEqual(['run/000/', 'run/001/']);
    expect(folders.prefixes).toHaveLength(100);
    expect(read()).toBeLessThanOrEqual(101 * 100);

    // No look-up goes through what it does not return.
    const plan = database.all<{ detail: string }>(
      `EXPLAIN QUERY PLAN SELECT * FROM objects WHERE bucket = ? AND key >= ? AND key < ? AND key > ?
       ORDER BY key LIMIT ?`,
      ['b', 'run/', 'run0', 'run/5', 1],
    );
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(
        /^SEARCH objects USING PRIMARY KEY \(bucket=\? AND key>\? AND key<\?\)$/,
      ),
    ]);
    database.raw.close();
  });
});
