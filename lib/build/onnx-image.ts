/**
 * Brings the ONNX runtime of a package folder up, lets it load a model, and leaves beside it what its
 * memory holds then (`program.image`). A program of its own: its clock stands still and it has no name, so
 * that equal packages get equal images.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import onnxProto from 'onnx-proto';
import type * as Runtime from 'onnxruntime-web';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

/** `y = x`: any model makes the runtime register the kernels of all. */
const identity = () => {
  const value = (name: string) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimValue: 1 }] } } },
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'graph',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [value('x')],
      output: [value('y')],
    },
  }).finish();
};

const folder = process.argv[2] ?? '';
const at = (file: string) => pathToFileURL(join(folder, file)).href;

process.argv[1] = 'slipway';
Date.now = () => 0;
performance.now = () => 0;
Object.defineProperty(performance, 'timeOrigin', { value: 0 });

const { env, InferenceSession } = (await import(at('index.mjs'))) as typeof Runtime;
const { memory } = (await import(at('program.mjs'))) as { memory: () => Uint8Array };
env.wasm.numThreads = 1;
env.logLevel = 'error';
const session = await InferenceSession.create(identity());
await session.release();
const bytes = memory();
writeFileSync(
  join(folder, 'program.image'),
  bytes.slice(0, bytes.findLastIndex((b) => b !== 0) + 1),
);
