import { batchGet, conditionHeld, getItem, type Key, writeOne } from '../dynamo/index.ts';

/** What is known of a segment without reading it. */
export interface SegmentEntry {
  readonly id: string;
  readonly rows: number;
  /** Bytes, packed. */
  readonly bytes: number;
  /** What is in it is being settled: some of it may still be fresh. */
  readonly settling: boolean;
}

/** The segments of a list, the oldest first: of two rows of one thing the later counts. */
export interface Manifest<Entry extends SegmentEntry = SegmentEntry> {
  readonly segments: readonly Entry[];
  /** Segments that are no longer listed, or not yet, with the time (epoch ms) they were so first. */
  readonly unlisted: readonly { readonly id: string; readonly since: number }[];
  /** Counts changes: two compactors must not overwrite each other. */
  readonly revision: number;
}

/** Where a manifest lies. */
export interface ManifestPlace {
  readonly table: string;
  readonly key: Key;
}

const NONE: Manifest<never> = { segments: [], unlisted: [], revision: 0 };

/** The manifest; an empty one where none was written yet. */
export async function readManifest<Entry extends SegmentEntry>({
  table,
  key,
}: ManifestPlace): Promise<Manifest<Entry>> {
  return (await getItem<Manifest<Entry>>(table, key)) ?? NONE;
}

/** The manifest as `readManifest` has it, and another item of its partition, in one call. */
export async function readManifestAnd<Entry extends SegmentEntry, Other>(
  { table, key }: ManifestPlace,
  other: Key,
): Promise<readonly [Manifest<Entry>, Other | undefined]> {
  const items = await batchGet<Key>(table, [key, other]);
  const itemAt = ({ sk }: Key) => items.find((item) => item.sk === sk);
  const found = itemAt(key) as (Manifest<Entry> & Key) | undefined;
  return [found ?? NONE, itemAt(other) as (Other & Key) | undefined];
}

/** Replaces the manifest that was read. Returns undefined when somebody else has changed it. */
export async function replaceManifest<Entry extends SegmentEntry>(
  { table, key }: ManifestPlace,
  before: Manifest<Entry>,
  changes: Partial<Omit<Manifest<Entry>, 'revision'>>,
): Promise<Manifest<Entry> | undefined> {
  const { segments, unlisted, revision } = { ...before, ...changes };
  const next: Manifest<Entry> = { segments, unlisted, revision: revision + 1 };
  const seen =
    before.revision === 0
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'revision = :seen', values: { ':seen': before.revision } };
  const replaced = await conditionHeld(writeOne({ table, put: { ...key, ...next }, ...seen }));
  return replaced ? next : undefined;
}
