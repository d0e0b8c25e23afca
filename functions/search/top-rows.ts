import type { Literal } from './comparison.ts';
import { compareValues, type OrderClause } from './order-by.ts';

/** Values of the ordered fields of a row. */
export type SortValues = readonly (Literal | undefined)[];

type Direction = Pick<OrderClause, 'descending'>;

export function compareRows(a: SortValues, b: SortValues, order: readonly Direction[]): number {
  for (const [i, { descending }] of order.entries()) {
    const difference = compareValues(a[i], b[i], descending);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The best rows of many, a bounded number of them. */
export class TopRows<T> {
  private readonly limit: number;
  private readonly order: readonly Direction[];
  private readonly compare: (a: SortValues, b: SortValues) => number;
  private rows: { values: SortValues; item: T }[] = [];
  /** Values of the last row that counts, once there are enough. */
  private last: SortValues | undefined;

  constructor(
    limit: number,
    order: readonly Direction[],
    compare: (a: SortValues, b: SortValues) => number,
  ) {
    this.limit = limit;
    this.order = order;
    this.compare = compare;
  }

  /** Whether a row that begins with this value cannot be among the best. */
  worse(first: SortValues[number]): boolean {
    const [clause] = this.order;
    if (!this.last || !clause) return false;
    return compareValues(first, this.last[0], clause.descending) > 0;
  }

  offer(values: SortValues, item: T): void {
    this.rows.push({ values, item });
    if (this.rows.length >= 2 * this.limit + 1000) this.prune();
  }

  /** Whether enough rows come before these values. */
  fullBefore(values: SortValues): boolean {
    this.prune();
    return this.last !== undefined && this.compare(this.last, values) < 0;
  }

  sorted(): readonly { readonly values: SortValues; readonly item: T }[] {
    this.prune();
    return this.rows;
  }

  private prune(): void {
    this.rows.sort((a, b) => this.compare(a.values, b.values));
    // What was found twice (once through a damaged segment) counts once.
    this.rows = this.rows
      .filter(({ values }, i) => {
        const before = this.rows[i - 1];
        return !before || this.compare(before.values, values) !== 0;
      })
      .slice(0, this.limit);
    this.last = this.rows[this.limit - 1]?.values;
  }
}
