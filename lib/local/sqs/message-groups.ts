import type { prepare, Row } from './message-sql.ts';

type Sql = Pick<ReturnType<typeof prepare>, 'nextGroup' | 'selectVisible'>;

/**
 * Up to `max` visible messages of a queue, one of each group in turn, the oldest of a group first: however
 * much waits of one group, those of others are among them. The turns go on after the group `last`.
 */
export function selectFairly(
  sql: Sql,
  queue: string,
  { max, now, last }: { readonly max: number; readonly now: number; readonly last: string },
): Row[] {
  const groups: Row[][] = [];
  for (const group of groupsInTurn(sql, queue, last)) {
    const rows = sql.selectVisible.all(queue, group, now, now, max) as unknown as Row[];
    if (rows.length > 0) groups.push(rows);
    if (groups.length === max) break;
  }
  const chosen: Row[] = [];
  for (let turn = 0; turn < max; turn++) {
    for (const { [turn]: row } of groups) {
      if (row && chosen.length < max) chosen.push(row);
    }
  }
  return chosen;
}

/** The groups of a queue in the order of their names, from the one after `last` once around. */
function* groupsInTurn(sql: Sql, queue: string, last: string): Generator<string> {
  const after = (group: string) => {
    const next = sql.nextGroup.get(queue, group)?.next;
    return typeof next === 'string' ? next : undefined;
  };
  for (let group = after(last); group !== undefined; group = after(group)) yield group;
  // A message without a group has the empty name, before which there is none.
  yield '';
  for (let group = after(''); group !== undefined && group <= last; group = after(group)) {
    yield group;
  }
}
