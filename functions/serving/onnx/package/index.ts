/**
 * The runtime's package as it lies beside a bundle (`lib/build/onnx-package.ts`): the library, with the
 * program that is beside it.
 */
import { env } from 'onnxruntime-web';

export * from 'onnxruntime-web';

env.wasm.wasmPaths = { mjs: new URL('program.mjs', import.meta.url).href };
