import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Figure, round, spread } from '../figures.ts';

const PROCESSES = 15;
const LIMIT_MS = 250;

interface First {
  readonly ms: number;
  readonly cpuMs: number;
}

/** The first prediction of a fresh process in each flavor, the same trees for all; imports not counted. */
export function benchFirstPredictions(): Figure[] {
  const program = join(import.meta.dirname, 'first-prediction.ts');
  return ['slipway.gbdt', 'onnx'].map((flavor) => {
    const firsts = Array.from({ length: PROCESSES }, () => {
      const said = execFileSync(process.execPath, [program, flavor], { encoding: 'utf8' });
      return JSON.parse(said) as First;
    });
    const cpu = firsts.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
    return spread(
      `first prediction of a process: ${flavor}`,
      'ms',
      firsts.map(({ ms }) => ms),
      {
        cpuMs: round(cpu[Math.floor(PROCESSES / 2)] ?? Number.NaN),
        limits: [{ of: 'p50', atMost: LIMIT_MS }],
      },
    );
  });
}
