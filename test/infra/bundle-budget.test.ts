import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIST } from '../../lib/build/paths.ts';

const BUDGET_KIB = 500;
const BUDGET_IMPORT_MS = 100;

/**
 * Functions that are over the budget, with what they may have: S3's client, its XML and checksums
 * (130 KiB) come on top of DynamoDB's and the schemas; validation and promotion also read Parquet.
 */
const OVER_BUDGET_KIB: Readonly<Record<string, number>> = {
  monitoring: 530,
  'promotion-tasks': 630,
  'validation-tasks': 690,
};

/** The best of several imports: what the code costs, not what else the machine was doing. */
const ATTEMPTS = 30;

const folder = join(DIST, 'functions');

function importMs(bundle: string): number {
  const script = `const t=performance.now();await import(${JSON.stringify(bundle)});console.log(performance.now()-t);process.exit()`;
  const run = () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, AWS_REGION: 'us-east-1' },
      })
        .toString()
        .trim()
        .split('\n')
        .at(-1),
    );
  let best = run();
  for (let i = 1; i < ATTEMPTS && best > BUDGET_IMPORT_MS; i++) best = Math.min(best, run());
  return best;
}

describe('a function bundle', () => {
  for (const name of readdirSync(folder)) {
    const bundle = join(folder, name, 'index.mjs');
    const budget = OVER_BUDGET_KIB[name] ?? BUDGET_KIB;

    it(`${name} is at most ${budget} KiB`, () => {
      expect(statSync(bundle).size / 1024).toBeLessThanOrEqual(budget);
    });

    it(`${name} imports in at most ${BUDGET_IMPORT_MS} ms`, () => {
      expect(importMs(bundle)).toBeLessThanOrEqual(BUDGET_IMPORT_MS);
    });
  }
});
