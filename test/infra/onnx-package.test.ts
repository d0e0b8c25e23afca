import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST, ROOT } from '../../lib/build/paths.ts';
import { linearOnnx } from '../support/onnx-models.ts';

const BUILT = join(DIST, 'functions/serving-invoke/node_modules/onnxruntime-web');
const IMAGE = 'program.image';

/** Loads a model and predicts, as the functions do; what it prints and whether it went well. */
const PREDICT = `
const { InferenceSession, Tensor, env } = await import(process.argv[1]);
env.wasm.numThreads = 1;
env.logLevel = 'error';
const session = await InferenceSession.create(Buffer.from(process.argv[2], 'base64'));
const X = new Tensor('float32', [1, 2, 3, 4], [2, 2]);
const { variable } = await session.run({ X });
console.log(JSON.stringify([...variable.data]));
process.exit();
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-package-'));
  cpSync(BUILT, folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function predict(): { readonly status: number | null; readonly stdout: string } {
  const index = pathToFileURL(join(folder, 'index.mjs')).href;
  const program = ['--input-type=module', '-e', PREDICT, index, linearOnnx().toString('base64')];
  return spawnSync(process.execPath, program, { encoding: 'utf8' });
}

describe('the ONNX runtime beside the bundles', () => {
  it('predicts by the memory that it has once it is up', () => {
    expect(predict()).toMatchObject({ status: 0, stdout: '[0.5,2.5]\n' });
    writeFileSync(join(folder, IMAGE), Buffer.alloc(readFileSync(join(BUILT, IMAGE)).length));
    expect(predict().status, 'without what the memory held').not.toBe(0);
  });

  it('predicts the same without it, and leaves the same memory again', () => {
    rmSync(join(folder, IMAGE), { force: true });
    expect(predict()).toMatchObject({ status: 0, stdout: '[0.5,2.5]\n' });
    execFileSync(process.execPath, [join(ROOT, 'lib/build/onnx-image.ts'), folder]);
    const [again, built] = [folder, BUILT].map((one) => readFileSync(join(one, IMAGE)));
    expect(again?.equals(built ?? Buffer.alloc(0))).toBe(true);
  });
});
