const PREDICTIONS = 200;

/** Predictions before the measured ones, until the code is compiled. */
const WARM_UP = 20;

/** Milliseconds after which slow models are warm, and after which what was measured has to do. */
const WARM_UP_MS = 120_000;
const TIME_MS = 200_000;

/** Milliseconds of predictions, in order of size. */
interface Timings {
  readonly times: readonly number[];
  /** Of slow models fewer predictions were measured than there should be. */
  readonly cut: boolean;
}

/**
 * Times predictions of single rows, the models in turns and without those that warm up. Of slow models
 * fewer are measured: the function that asks has to answer, too.
 */
export async function timePredictions<Row>(
  rows: readonly Row[],
  models: readonly ((row: Row) => Promise<unknown>)[],
): Promise<Timings[]> {
  const times = models.map((): number[] => []);
  const began = performance.now();
  const passed = () => performance.now() - began;
  const measured = () => times[0]?.length ?? PREDICTIONS;
  for (let i = 0; measured() < PREDICTIONS; i++) {
    const row = rows[i % rows.length];
    if (row === undefined || (measured() > 0 && passed() >= TIME_MS)) break;
    const isWarm = i >= WARM_UP || passed() >= WARM_UP_MS;
    for (const [which, predict] of models.entries()) {
      const started = performance.now();
      await predict(row);
      if (isWarm) times[which]?.push(performance.now() - started);
    }
  }
  return times.map((own) => ({
    times: own.sort((a, b) => a - b),
    cut: own.length > 0 && own.length < PREDICTIONS,
  }));
}
