/**
 * Who has asked already. Requests with one sticky key go to one arm: only the first of them is drawn
 * independently of all before, so only it counts. The same holds for repeated requests.
 */
export interface Units {
  readonly known: readonly number[];
  /** Units whose hash is no multiple of this power of two are left out, so that the others fit. */
  readonly every: number;
}

export const newUnits: Units = { known: [], every: 1 };

const MAX_UNITS = 10_000;

export class UnitSet {
  private known: Set<number>;
  private every: number;

  constructor({ known, every }: Units) {
    this.known = new Set(known);
    this.every = every;
  }

  /** Whether the request counts: its unit is new, or it has none. */
  take(unit: number | undefined): boolean {
    if (unit === undefined) return true;
    if (unit % this.every !== 0 || this.known.has(unit)) return false;
    if (this.known.size >= MAX_UNITS) {
      this.every *= 2;
      this.known = new Set([...this.known].filter((one) => one % this.every === 0));
      return this.take(unit);
    }
    this.known.add(unit);
    return true;
  }

  toUnits(): Units {
    return { known: [...this.known], every: this.every };
  }
}
