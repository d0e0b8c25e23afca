import { existsSync, readFileSync } from 'node:fs';
import startProgram from 'onnxruntime-web/ort-wasm-simd-threaded.mjs';

type OrtProgram = startProgram.OrtProgram;

/** What a program's memory held once it was up, without the zeros at its end. */
const IMAGE = new URL('program.image', import.meta.url);

/** The settings that the memory image was made with: one thread, and only errors are logged. */
const THREADS = 1;
const LOG_LEVEL = 3;

let latest: OrtProgram | undefined;

/** Memory of the program that was started last. */
export const memory = (): Uint8Array => latest?.HEAPU8 ?? new Uint8Array();

/**
 * The runtime's WebAssembly, as `env.wasm.wasmPaths` takes it. To come up it registers thousands of
 * operators and kernels, always the same: all that is left of it is in its memory, since its stack is
 * empty, its globals are as before, and one thread starts no others. So that memory is put in place.
 */
export async function program(settings: startProgram.ProgramSettings): Promise<OrtProgram> {
  const started = await startProgram(settings);
  const init = started._OrtInit;
  started._OrtInit = (threads, logLevel) => {
    const known = threads === THREADS && logLevel === LOG_LEVEL && existsSync(IMAGE);
    return known && restore(started) ? 0 : init(threads, logLevel);
  };
  latest = started;
  return started;
}

/** Whether the memory had room for the image. */
function restore(started: OrtProgram): boolean {
  const image = readFileSync(IMAGE);
  const missing = image.length - started.HEAPU8.length;
  // Makes the memory grow; what it notes of that is overwritten.
  if (missing > 0 && started._malloc(missing) === 0) return false;
  started.HEAPU8.set(image);
  return true;
}
