import { chunksOf } from '../../shared/chunks.ts';
import {
  key,
  queryPage,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { versionDeletes, versionPuts } from '../versions/version-store.ts';
import { commentPointer } from '../workspace/comment-pointer.ts';
import { registryTableName } from './model-store.ts';

/** A version from a run takes five of a transaction's 100 writes. */
const ROWS_PER_TRANSACTION = 20;
const TRANSACTIONS_AT_ONCE = 4;

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: unknown;
}

/** When versions count as updated, and by whom; renames that an older release began do not say. */
type Updated = Pick<ModelVersion, 'last_updated_timestamp' | 'updated_by'>;

/**
 * Moves every row of a model but its own to another name. Whatever changes a row meanwhile changes it
 * before or after the move and not in between, so nothing is lost; it may be run again at any point.
 */
export async function moveRows(from: string, to: string, updated: Updated): Promise<void> {
  for (const part of PARTS) {
    for (;;) {
      const rows = await nextRows(from, part);
      if (rows.length === 0) break;
      const chunks = chunksOf(rows, ROWS_PER_TRANSACTION);
      await Promise.all(Array.from(chunks, (chunk) => moveChunk(chunk, to, updated)));
    }
  }
}

/**
 * Conditions of sort keys: all rows but those of aliases, then all. While a version is under the one name
 * and a copy of it under the other nothing can change it, and no alias moves without both versions.
 */
const PARTS = [
  { condition: 'pk = :pk AND sk < :alias', values: { ':alias': 'ALIAS#' } },
  { condition: 'pk = :pk AND sk > :alias', values: { ':alias': 'ALIAS$' } },
  { condition: 'pk = :pk', values: {} },
];

/** META sorts between the others: it is looked over, not moved. */
async function nextRows(name: string, part: (typeof PARTS)[number]): Promise<Row[]> {
  const page = await queryPage<Row>({
    table: registryTableName(),
    condition: part.condition,
    values: { ':pk': key('MODEL', name), ...part.values },
    limit: ROWS_PER_TRANSACTION * TRANSACTIONS_AT_ONCE,
  });
  return page.items.filter(({ sk }) => sk !== 'META');
}

/**
 * One transaction; or, when a row changed meanwhile or they are too large together, each row as it is
 * then.
 */
async function moveChunk(rows: readonly Row[], to: string, updated: Updated): Promise<void> {
  const table = registryTableName();
  try {
    await transactWrite(rows.flatMap((row) => moveWrites(row, to, updated)));
  } catch {
    for (const { pk, sk } of rows) {
      await retryChanged(async () => {
        const page = await queryPage<Row>({
          table,
          condition: 'pk = :pk AND sk = :sk',
          values: { ':pk': pk, ':sk': sk },
        });
        const [row] = page.items;
        if (row) await transactWrite(moveWrites(row, to, updated));
      });
    }
  }
}

/** What others change in a row besides a version's: it must be as it was read. */
const CHANGING: Readonly<Record<string, string>> = {
  ALIAS: 'version',
  COMMENT: 'comment',
  VALIDATION: 'status',
};

function moveWrites(row: Row, to: string, updated: Updated): Write[] {
  const table = registryTableName();
  if (row.sk.startsWith('VERSION#')) {
    const version = row as unknown as ModelVersion;
    const [remove, ...pointers] = versionDeletes(version, updated.last_updated_timestamp);
    return [
      { ...(remove as Write), ...unchanged('changes', version.changes) },
      ...pointers,
      ...versionPuts({ ...version, name: to, ...updated }),
    ];
  }
  const { pk, sk } = row;
  const { last_updated_timestamp } = updated;
  const changing = CHANGING[sk.slice(0, sk.indexOf('#'))];
  const moved = {
    ...row,
    pk: key('MODEL', to),
    ...(row.name !== undefined && { name: to }),
    ...(row.model !== undefined && { model: to }),
    ...(row.last_updated_timestamp !== undefined && { last_updated_timestamp }),
    // The copy of a version.
    ...(row.source !== undefined && updated),
  };
  const remove: Write = {
    table,
    delete: { pk, sk },
    ...(changing === undefined ? EXISTS : unchanged(changing, row[changing])),
  };
  const put: Write = { table, put: moved };
  if (!sk.startsWith('COMMENT#')) return [remove, put];
  const pointer = {
    table,
    key: commentPointer(String(row.id)),
    update: 'SET #name = :name',
    names: { '#name': 'name' },
    values: { ':name': to },
  };
  return [remove, put, pointer];
}

const EXISTS = { condition: 'attribute_exists(pk)' };

/** Condition that a row is there and its attribute as it was read. */
const unchanged = (attribute: string, value: unknown) =>
  value === undefined
    ? {
        condition: 'attribute_exists(pk) AND attribute_not_exists(#unchanged)',
        names: { '#unchanged': attribute },
      }
    : {
        condition: '#unchanged = :unchanged',
        names: { '#unchanged': attribute },
        values: { ':unchanged': value },
      };
