import type { DatabaseSync, StatementSync } from 'node:sqlite';

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
  private last = '';

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
    this.last = lanes.at(-1) ?? '';
    const share = Math.ceil(max / lanes.length);
    const taken = Map.groupBy(underWay.values(), ({ lane }) => lane);
    const chosen = lanes.flatMap((lane) => {
      const limit = (taken.get(lane)?.length ?? 0) + share;
      const rows = this.selectDue.all(lane, now, limit) as unknown as Row[];
      return rows.filter(({ id }) => !underWay.has(id)).slice(0, share);
    });
    return chosen.slice(0, max);
  }

  /** Up to `max` lanes in the order of their names, from the one after the last once around. */
  private lanes(max: number): string[] {
    const lanes: string[] = [];
    const add = (from: string, to?: string) => {
      for (let lane = this.after(from); lane !== undefined; lane = this.after(lane)) {
        if (lanes.length === max || (to !== undefined && lane > to)) return;
        lanes.push(lane);
      }
    };
    add(this.last);
    add('', this.last);
    return lanes;
  }

  private after(lane: string): string | undefined {
    const next = this.nextLane.get(lane)?.lane;
    return typeof next === 'string' ? next : undefined;
  }
}
