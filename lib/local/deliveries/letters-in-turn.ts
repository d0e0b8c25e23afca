import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTurn } from '../shared/in-turn.ts';

/** A letter as it is kept. */
export interface Row {
  readonly id: number;
  readonly target: string;
  readonly payload: string;
  readonly name: string;
  readonly original: string | null;
  readonly origin: string;
  readonly dead: string | null;
  readonly retries: number;
  readonly expires: number;
  readonly attempts: number;
  readonly message_group: string | null;
  readonly lane: string;
}

/** Letters of a message group, or else of a rule or schedule, wait in a line of their own. */
const LANE = 'coalesce(message_group, origin)';

/**
 * The letters that are due, of each lane in turn: behind a flood of one kind no other waits, as on AWS,
 * where deliveries do not stand in one line.
 */
export class LettersInTurn {
  private readonly nextLane: StatementSync;
  private readonly selectDue: StatementSync;
  private last: string | undefined;

  constructor(database: DatabaseSync) {
    database.exec(`CREATE INDEX IF NOT EXISTS by_lane ON deliveries (${LANE}, due, id)`);
    this.nextLane = database.prepare(
      `SELECT ${LANE} AS lane FROM deliveries WHERE ${LANE} > ? ORDER BY ${LANE} LIMIT 1`,
    );
    this.selectDue = database.prepare(
      `SELECT *, ${LANE} AS lane FROM deliveries WHERE ${LANE} = ? AND due <= ? ORDER BY due, id LIMIT ?`,
    );
  }

  /** Up to `max` letters that are due and not among those under way, by their ids. */
  select(
    max: number,
    now: number,
    underWay: ReadonlyMap<number, { readonly lane: string }>,
  ): Row[] {
    const lanes = this.lanes(max);
    this.last = lanes.at(-1);
    const share = Math.ceil(max / lanes.length);
    const taken = Map.groupBy(underWay.values(), ({ lane }) => lane);
    const chosen = lanes.flatMap((lane) => {
      const limit = (taken.get(lane)?.length ?? 0) + share;
      const rows = this.selectDue.all(lane, now, limit) as unknown as Row[];
      return rows.filter(({ id }) => !underWay.has(id)).slice(0, share);
    });
    return chosen.slice(0, max);
  }

  private lanes(max: number): string[] {
    const lanes = inTurn((lane) => this.after(lane ?? ''), this.last);
    return [...lanes.take(max)];
  }

  private after(lane: string): string | undefined {
    const next = this.nextLane.get(lane)?.lane;
    return typeof next === 'string' ? next : undefined;
  }
}
