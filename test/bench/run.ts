import { benchBatch } from './batch.ts';
import { benchEvents } from './events.ts';
import { type Figure, publish } from './figures.ts';
import { benchHost } from './host.ts';
import { benchLoop } from './loop.ts';
import { benchRegistrations } from './registrations.ts';
import { benchRegistry } from './registry.ts';
import { benchServing } from './serving.ts';
import { benchSwitches } from './switches.ts';
import { benchTracking } from './tracking.ts';
import { benchTrainer } from './trainer.ts';

/**
 * `npm run bench [-- name]`: prints a table for each benchmark, with limits and peers, and leaves the
 * figures in `dist/bench/<name>.json`. `tracking` has options and peers of its own, `registrations` has
 * options; they run by their names only: they take long.
 */
const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  batch: benchBatch,
  events: benchEvents,
  host: benchHost,
  loop: benchLoop,
  registry: benchRegistry,
  serving: benchServing,
  switches: benchSwitches,
  trainer: benchTrainer,
};

const [wanted, ...options] = process.argv.slice(2);
if (wanted === 'tracking') await benchTracking(options);
else if (wanted === 'registrations') publish(wanted, await benchRegistrations(options));
else if (wanted !== undefined && !Object.hasOwn(BENCHES, wanted)) {
  console.error(
    `There is no benchmark ${wanted}; there are ${Object.keys(BENCHES).join(', ')}, registrations, tracking`,
  );
  process.exitCode = 1;
} else {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (wanted === undefined || wanted === name) publish(name, await bench());
  }
}
