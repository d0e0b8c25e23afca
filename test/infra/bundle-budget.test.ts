import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { DIST, METAFILE } from '../../lib/build/paths.ts';
import { importMs } from '../support/figures/import-cost.ts';

const BUDGET_KIB = 500;
const BUDGET_IMPORT_MS = 100;

const folder = join(DIST, 'functions');
const { outputs } = JSON.parse(readFileSync(METAFILE, 'utf8')) as Metafile;

/** Packages in a bundle with what they take, the largest first: `@smithy/core 120, zod 36 …`. */
function contents(name: string): string {
  const kib = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(
    outputs[`dist/functions/${name}/index.mjs`]?.inputs ?? {},
  )) {
    const part = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'functions/';
    kib.set(part, (kib.get(part) ?? 0) + bytesInOutput / 1024);
  }
  return [...kib]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(([part, size]) => `${part} ${size.toFixed(0)}`)
    .join(', ');
}

const RUNTIME = 'node_modules/onnxruntime-web';

describe('the ONNX runtime', () => {
  it('lies beside the bundles that score models, and in none', () => {
    const users = readdirSync(folder).filter((name) => existsSync(join(folder, name, RUNTIME)));
    expect(users).toEqual([
      'batch-inference-tasks',
      'promotion-tasks',
      'serving-invoke',
      'validation-tasks',
    ]);
    for (const name of users) {
      const { imports = [], inputs = {} } = outputs[`dist/functions/${name}/index.mjs`] ?? {};
      expect(imports).toContainEqual(
        expect.objectContaining({ path: 'onnxruntime-web', kind: 'dynamic-import' }),
      );
      expect(Object.keys(inputs).filter((file) => file.includes('onnxruntime'))).toEqual([]);
    }
  });

  it('comes up from there', () => {
    const runtime = join(folder, 'serving-invoke', RUNTIME, 'index.mjs');
    const script = `const{InferenceSession,env}=await import(${JSON.stringify(runtime)});env.wasm.numThreads=1;try{await InferenceSession.create(new Uint8Array(0))}catch(error){console.log(error.message)}process.exit()`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(said).toContain('No graph was found');
  });
});

describe('a start of functions', () => {
  it('brings up no undici, as imports of node:http would', () => {
    const bundles = readdirSync(folder).map((name) => join(folder, name, 'index.mjs'));
    const script = `for(const bundle of ${JSON.stringify(bundles)})await import(bundle);console.log(process.moduleLoadList.filter(name=>name.includes('undici')).length);process.exit()`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, AWS_REGION: 'us-east-1' },
    });
    expect(said.toString()).toBe('0\n');
  });
});

describe('a function bundle', () => {
  for (const name of readdirSync(folder)) {
    const bundle = join(folder, name, 'index.mjs');

    it(`${name} is at most ${BUDGET_KIB} KiB`, () => {
      const size = statSync(bundle).size / 1024;
      expect(size, `KiB in ${name}: ${contents(name)}`).toBeLessThanOrEqual(BUDGET_KIB);
    });

    it(`${name} imports in at most ${BUDGET_IMPORT_MS} ms`, () => {
      const took = importMs(bundle, BUDGET_IMPORT_MS);
      expect(took, `KiB in ${name}: ${contents(name)}`).toBeLessThanOrEqual(BUDGET_IMPORT_MS);
    });
  }
});
