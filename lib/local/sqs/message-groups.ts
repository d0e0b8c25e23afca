import { inTurn } from '../shared/in-turn.ts';
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
  for (const group of inTurn(groupsOf(sql, queue), last)) {
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

/** Finds the group of a queue behind another; a message without one has the empty name, the first. */
const groupsOf = (sql: Sql, queue: string) => (group: string | undefined) => {
  if (group === undefined) return '';
  const next = sql.nextGroup.get(queue, group)?.next;
  return typeof next === 'string' ? next : undefined;
};
