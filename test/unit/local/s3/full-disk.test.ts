import { describe, expect, it } from 'vitest';
import { S3Database } from '../../../../lib/local/s3/database.ts';
import { asS3Error } from '../../../../lib/local/s3/errors.ts';
import { ObjectIndex } from '../../../../lib/local/s3/object-index.ts';

const rowOf = (key: string, size: number) => ({
  bucket: 'b',
  key,
  blob: `${key}-${size}`,
  size,
  etag: '',
  modified: 0,
  headers: { 'x-amz-meta-filler': 'x'.repeat(2000) },
  tags: {},
});

describe('an index that cannot grow', () => {
  it('says so, keeps what it has and goes on when there is room again', () => {
    const database = new S3Database(':memory:');
    const index = new ObjectIndex(database);
    index.createBucket('b');
    index.put(rowOf('old', 1), () => {});
    const { page_count: pages } = database.get<{ page_count: number }>('PRAGMA page_count')!;
    database.raw.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const fill = () => {
      for (let i = 0; i < 50; i++) index.put(rowOf(`new-${i}`, 1), () => {});
    };
    let failure: unknown;
    try {
      fill();
    } catch (error) {
      failure = error;
    }
    expect(asS3Error(failure)).toMatchObject({ code: 'InsufficientStorage', status: 507 });
    expect(index.object('b', 'old')?.size).toBe(1);
    database.raw.exec('PRAGMA max_page_count = 1000000');
    index.put(rowOf('old', 2), () => {});
    expect(index.object('b', 'old')?.size).toBe(2);
  });
});
