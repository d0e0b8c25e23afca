import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { runKey, trackingTableName } from '../keys.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from '../segments/settled-run-store.ts';
import { RUN_NAME_TAG, type Run, runFull, runMissing, runPartition, runRefused } from './run.ts';

/**
 * A run is *wide* when its params and tags are more than an item takes: its head says how many pages
 * stand beside it, and each key stands in one of them or in the head. All of it changes under the head's
 * version, so that a param is never set twice.
 */
interface WideHead extends Run {
  readonly version: string;
  readonly settled?: string;
  readonly pages?: number;
}

type Pairs = Pick<Run, 'params' | 'tags'>;

/** Params and tags that are set, and tags that are deleted. */
interface PairChanges extends Pairs {
  readonly deleted?: readonly string[];
}

/** Bytes of one page or head: an item has at most 400 KB, its other attributes included. */
const PAGE_BYTES = 360_000;

/** An answer has at most 6 MB, a transaction 4. */
const MAX_PAGES = 8;

const pageKey = (runId: string, page: number): Key => ({
  pk: runPartition(runId),
  sk: `PAIRS#${page}`,
});

const pageKeys = ({ run_id, pages = 0 }: Pick<WideHead, 'run_id' | 'pages'>): Key[] =>
  Array.from({ length: pages }, (_, page) => pageKey(run_id, page));

/** Heads with the params and tags of their pages. */
export async function withPages<T extends Run & { readonly pages?: number }>(
  heads: readonly T[],
): Promise<T[]> {
  const wanted = heads.flatMap(pageKeys);
  if (wanted.length === 0) return [...heads];
  const pages = Map.groupBy(
    await batchGet<Key & Pairs>(trackingTableName(), wanted),
    ({ pk }) => pk,
  );
  return heads.map((head) => merged(head, pages.get(runPartition(head.run_id)) ?? []));
}

function merged<T extends Run>(head: T, pages: readonly Pairs[]): T {
  const all = [head, ...pages];
  return {
    ...head,
    params: Object.assign({}, ...all.map(({ params }) => params)),
    tags: Object.assign({}, ...all.map(({ tags }) => tags)),
  };
}

/**
 * Changes params and tags of a run that is wide, or becomes so. `decide` is told the whole run as it is,
 * and says what to set, or nothing. Throws for missing and deleted runs, and for more than pages take.
 */
export function changeWideRun(
  runId: string,
  decide: (run: Run) => PairChanges | undefined,
): Promise<void> {
  return onFreshRun(runId, async () => {
    for (;;) {
      const writes = await writesOf(runId, decide);
      if (writes.length === 0) return;
      try {
        return await transactWrite(writes);
      } catch (error) {
        // Somebody else wrote to the run, or compaction settled it.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
  });
}

/** Makes room in a head: what is beyond a page's size goes to pages. */
export const relieveHead = (runId: string): Promise<void> =>
  changeWideRun(runId, () => ({ params: {}, tags: {} }));

async function writesOf(
  runId: string,
  decide: (run: Run) => PairChanges | undefined,
): Promise<Write[]> {
  const table = trackingTableName();
  const head = await getItem<WideHead>(table, runKey(runId));
  // Whether a settled run is deleted is not its head's to say.
  if (head?.settled) throw new RunSettled();
  const refused = head ? runRefused(runId, head) : runMissing(runId);
  if (!head || refused) throw refused;
  const pages = await batchGet<Key & Pairs>(table, pageKeys(head));
  pages.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  const changes = decide(merged(head, pages));
  if (!changes) return [];
  const shelves = [head, ...pages].map(shelfOf);
  place(runId, shelves, excessOf(shelves[0]));
  place(runId, shelves, changes);
  const [first, ...others] = shelves;
  return [
    {
      table,
      put: {
        ...head,
        ...first?.pairs,
        run_name: changes.tags[RUN_NAME_TAG] ?? head.run_name,
        ...(others.length > 0 && { pages: others.length }),
        version: newId(),
      },
      condition: `version = :seen AND ${NOT_SETTLED}`,
      values: { ':seen': head.version },
    },
    ...others.flatMap(({ changed, pairs }, page) =>
      changed ? [{ table, put: { ...pageKey(runId, page), ...pairs } }] : [],
    ),
  ];
}

interface Shelf {
  readonly pairs: {
    readonly params: Record<string, string>;
    readonly tags: Record<string, string>;
  };
  bytes: number;
  changed: boolean;
}

function shelfOf({ params, tags }: Pairs): Shelf {
  const pairs = { params: { ...params }, tags: { ...tags } };
  const bytes = [...Object.entries(params), ...Object.entries(tags)].reduce(
    (sum, [key, value]) => sum + sizeOf(key, value),
    0,
  );
  return { pairs, bytes, changed: false };
}

/** UTF-8, and what DynamoDB adds for each member of a map. */
const sizeOf = (key: string, value: string) =>
  Buffer.byteLength(key) + Buffer.byteLength(value) + 8;

/** Whether the pairs together are less than a page. */
export const fitsPage = (pairs: readonly { readonly key: string; readonly value: string }[]) =>
  pairs.reduce((sum, { key, value }) => sum + sizeOf(key, value), 0) <= PAGE_BYTES;

/** Puts each pair where its key is, if there is room, else on the first shelf with room. */
function place(runId: string, shelves: Shelf[], { params, tags, deleted = [] }: PairChanges): void {
  for (const key of deleted) takeOut(shelves, 'tags', key);
  const all = [
    ...Object.entries(params).map((pair) => ['params', ...pair] as const),
    ...Object.entries(tags).map((pair) => ['tags', ...pair] as const),
  ];
  for (const [kind, key, value] of all) {
    const before = takeOut(shelves, kind, key);
    const size = sizeOf(key, value);
    const stays = kind === 'tags' && key === RUN_NAME_TAG;
    const fits = (one: Shelf) => stays || one.bytes + size <= PAGE_BYTES;
    let shelf = before && fits(before) ? before : shelves.find(fits);
    if (!shelf) {
      if (shelves.length > MAX_PAGES) throw runFull(runId);
      shelf = shelfOf({ params: {}, tags: {} });
      shelves.push(shelf);
    }
    shelf.pairs[kind][key] = value;
    shelf.bytes += size;
    shelf.changed = true;
  }
}

/** What a head has beyond a page's size. Its name stays, for it changes with the head. */
function excessOf(head: Shelf | undefined): PairChanges {
  const excess: Pairs & Shelf['pairs'] = { params: {}, tags: {} };
  let bytes = head?.bytes ?? 0;
  for (const kind of ['params', 'tags'] as const) {
    for (const [key, value] of Object.entries(head?.pairs[kind] ?? {})) {
      if (bytes <= PAGE_BYTES) return excess;
      if (kind === 'tags' && key === RUN_NAME_TAG) continue;
      excess[kind][key] = value;
      bytes -= sizeOf(key, value);
    }
  }
  return excess;
}

function takeOut(shelves: readonly Shelf[], kind: keyof Pairs, key: string): Shelf | undefined {
  const shelf = shelves.find(({ pairs }) => Object.hasOwn(pairs[kind], key));
  if (!shelf) return undefined;
  shelf.bytes -= sizeOf(key, shelf.pairs[kind][key] ?? '');
  delete shelf.pairs[kind][key];
  shelf.changed = true;
  return shelf;
}
