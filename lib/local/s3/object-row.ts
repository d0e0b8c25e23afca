import type { Checksum } from './checksums.ts';

export interface ObjectRow {
  readonly bucket: string;
  readonly key: string;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modified: number;
  /** Content headers and user metadata, as they are answered. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  readonly tags: Readonly<Record<string, string>>;
}

/** As the database has it. */
export type StoredRow = Omit<ObjectRow, 'headers' | 'checksum' | 'tags'> & {
  readonly headers: string;
  readonly checksum: string | null;
  readonly tags: string;
};

/** Sorts behind every key that starts with what stands before it. */
export const LAST = '\u{10ffff}';

export function fromStored({ headers, checksum, tags, ...row }: StoredRow): ObjectRow {
  return {
    ...row,
    headers: JSON.parse(headers) as Record<string, string>,
    ...(checksum !== null && { checksum: JSON.parse(checksum) as Checksum }),
    tags: JSON.parse(tags) as Record<string, string>,
  };
}
