/**
 * Loaded before a host (`node --import`): its clock jumps three days ahead at each SIGUSR2, and what it does every
 * few seconds or hours it does five times a second. Functions keep the true time.
 */
const JUMP_MS = 3 * 24 * 3600 * 1000;
const OFTEN_MS = 200;
const SELDOM_MS = 10_000;

let ahead = 0;
const TrueDate = Date;
const trueNow = Date.now;

class MovedDate extends TrueDate {
  constructor(...values: ConstructorParameters<DateConstructor> | []) {
    super(...((values.length === 0 ? [trueNow() + ahead] : values) as [number]));
  }

  static override now(): number {
    return trueNow() + ahead;
  }
}
globalThis.Date = MovedDate as DateConstructor;

const trueInterval = globalThis.setInterval;
globalThis.setInterval = ((work: () => void, ms: number) =>
  trueInterval(work, ms >= SELDOM_MS ? OFTEN_MS : ms)) as typeof setInterval;

process.on('SIGUSR2', () => {
  ahead += JUMP_MS;
});
