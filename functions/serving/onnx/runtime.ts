import { setFlagsFromString } from 'node:v8';
import type * as Runtime from 'onnxruntime-web';

export type OnnxRuntime = typeof Runtime;

/** Half of the function's memory; the rest is for the program, the requests and files being read. */
export const HEAP_MB = Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024) / 2);

let started: Promise<OnnxRuntime> | undefined;

/**
 * The WebAssembly runtime: brought up by the first ONNX model, one for all models of a process. It
 * lies beside the bundle (`node_modules/onnxruntime-web`), so a function without ONNX models never
 * reads it.
 */
export function onnxRuntime(): Promise<OnnxRuntime> {
  started ??= start();
  return started;
}

async function start(): Promise<OnnxRuntime> {
  // Of the program's 14 MB a model calls a small part: a function is validated when it is first called.
  setFlagsFromString('--wasm-lazy-validation');
  const runtime = await import('onnxruntime-web');
  // More would start worker threads; functions have one event and about one processor.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'error';
  const restore = limitHeap();
  try {
    // The first session brings the program up; one of no model fails once it is there.
    await runtime.InferenceSession.create(new Uint8Array(0)).catch(() => undefined);
  } finally {
    restore();
  }
  return runtime;
}

/** Of 64 KiB. */
const PAGES_PER_MB = 16;

/** What the types of Node.js leave out: https://webassembly.github.io/spec/js-api/#memories */
interface MemoryDescriptor {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}
type MemoryClass = new (descriptor: MemoryDescriptor) => object;

/**
 * Gives the next shared memory that is made a limit: the runtime asks for 4 GiB, and has no option. Where
 * it reaches the limit, the model or the request that wanted more fails with `std::bad_alloc`.
 */
function limitHeap(): () => void {
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: { Memory: MemoryClass } };
  const { Memory } = api;
  const pages = HEAP_MB * PAGES_PER_MB;
  api.Memory = class extends Memory {
    constructor(descriptor: MemoryDescriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum, pages) });
    }
  };
  return () => {
    api.Memory = Memory;
  };
}

/** Whether the runtime had no memory left. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && /bad_alloc|out of memory/i.test(error.message);

/** The runtime's reason without its codes and the places in its source. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/^.*?ERROR_MESSAGE:\s*/s, '')
    .replace(/^\/\S+:\d+ .*?\)\s+(?=[A-Z])/s, '')
    .trim()
    .slice(0, 500);
}
