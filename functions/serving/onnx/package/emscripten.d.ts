/** What the package's own loader of its WebAssembly gives, as far as it is used here. */
declare module 'onnxruntime-web/ort-wasm-simd-threaded.mjs' {
  function start(settings: start.ProgramSettings): Promise<start.OrtProgram>;

  namespace start {
    interface ProgramSettings {
      readonly numThreads: number;
      readonly locateFile?: (file: string) => string;
    }
    interface OrtProgram {
      /** All of its memory; another one when it has grown. */
      readonly HEAPU8: Uint8Array;
      _OrtInit(threads: number, logLevel: number): number;
      /** 0: there is no room. */
      _malloc(bytes: number): number;
    }
  }

  export = start;
}
