import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../lib/build/paths.ts';
import { authorization } from './authorization.ts';
import { hostReady } from './host-ready.ts';
import { registeredToValidated } from './loop-latency.ts';
import { reset } from './reset.ts';
import { benchTracking } from './tracking.ts';

/** `npm run bench [-- name]`: prints figures, and leaves them in `.slipway/bench.json`. */
const BENCHES: Readonly<Record<string, () => Promise<number[]>>> = {
  'host ready (ms)': hostReady,
  'reset (ms)': reset,
  'registered to validated (ms)': registeredToValidated,
};

const wanted = process.argv[2] ?? '';
if (wanted === 'tracking') {
  await benchTracking(process.argv.slice(3));
  process.exit();
}
const figures: Record<string, Record<string, number>> = {};
for (const [name, bench] of Object.entries(BENCHES)) {
  if (name.includes(wanted)) figures[name] = quantiles(await bench());
}
if ('authorization'.includes(wanted)) {
  for (const [name, times] of Object.entries(await authorization()))
    figures[name] = quantiles(times);
}
console.table(figures);
if ('gateway'.includes(wanted)) {
  execFileSync(process.execPath, [join(import.meta.dirname, 'gateway-lambda.ts')], {
    stdio: 'inherit',
  });
}
mkdirSync(join(ROOT, '.slipway'), { recursive: true });
writeFileSync(join(ROOT, '.slipway/bench.json'), JSON.stringify(figures, null, 2));

function quantiles(values: readonly number[]): Record<string, number> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) /
    10;
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
