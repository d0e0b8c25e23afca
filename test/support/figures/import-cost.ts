import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Imports whose best one counts: even time on the processor is longer on a busy machine. */
const ATTEMPTS = 30;

/** Imports of the reference from which on its best one is taken for this machine's. */
const SURE_AFTER = 5;

/** Milliseconds that the reference takes on the machine on which budgets are reckoned. */
const REFERENCE_MS = 55;

/**
 * Milliseconds of processor time, user and system, in a process of its own. On an idle machine an import
 * takes no longer than that; on a busy one the wall clock also counts what else the machine is doing.
 */
function importOnce(module: string): number {
  const script = `const before=process.cpuUsage();await import(${JSON.stringify(module)});const{user,system}=process.cpuUsage(before);console.log((user+system)/1000);process.exit()`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, AWS_REGION: 'us-east-1' },
  });
  return Number(said.toString().trim().split('\n').at(-1));
}

/**
 * Milliseconds of processor time that an import takes, the best of several; the first within the budget
 * ends the search. On a slower processor, those of the machine on which budgets are reckoned: by how much
 * it is slower is told by a module that is the same everywhere.
 */
export function importMs(module: string, budgetMs: number): number {
  let best = importOnce(module);
  let reference = Number.POSITIVE_INFINITY;
  const reckoned = () => best / Math.max(1, reference / REFERENCE_MS);
  for (let i = 1; i < ATTEMPTS && best > budgetMs; i++) {
    reference = Math.min(reference, importOnce(referenceModule()));
    best = Math.min(best, importOnce(module));
    if (i >= SURE_AFTER && reckoned() <= budgetMs) break;
  }
  return best <= budgetMs ? best : reckoned();
}

let written: string | undefined;

/** About as long as a bundle; of its functions every other is called, and so compiled. */
function referenceModule(): string {
  if (written) return written;
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const declared = `const f${i} = (a) => { const list = []; for (let i = 0; i < a; i++) list.push({ i, ['k' + i]: i * ${i} }); return list; };`;
    return i % 2 ? declared : `${declared} export const e${i} = f${i}(3);`;
  });
  written = join(mkdtempSync(join(tmpdir(), 'slipway-import-')), 'reference.mjs');
  writeFileSync(written, lines.join('\n'));
  return written;
}
