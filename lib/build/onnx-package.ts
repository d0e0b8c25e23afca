import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { ROOT } from './paths.ts';

/** Stays a package beside the bundles that import it: it finds its WebAssembly there, and only if asked. */
export const ONNX_RUNTIME = 'onnxruntime-web';

const WASM = 'ort-wasm-simd-threaded.wasm';
const SOURCES = 'functions/serving/onnx/package';

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  absWorkingDir: ROOT,
};

/**
 * Puts the ONNX runtime into the folder of each bundle that imports it: its script for Node.js, the
 * WebAssembly with its loader, and the memory that this has once it is up. The package has 143 MB, this
 * has 24.
 */
export async function addOnnxRuntime({ outputs }: Metafile): Promise<void> {
  const source = join(ROOT, 'node_modules', ONNX_RUNTIME);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    version: string;
  };
  const folders = Object.entries(outputs).flatMap(([bundle, { imports }]) =>
    imports.some(({ path, external }) => external && path === ONNX_RUNTIME)
      ? [join(ROOT, dirname(bundle), 'node_modules', ONNX_RUNTIME)]
      : [],
  );
  const [first, ...others] = folders;
  if (first === undefined) return;
  await build({
    ...COMMON,
    entryPoints: [`${SOURCES}/index.ts`],
    outfile: join(first, 'index.mjs'),
  });
  // The library looks for a default export.
  const contents = `export { memory, program as 'default' } from './program.ts';`;
  const stdin = { contents, resolveDir: join(ROOT, SOURCES) };
  await build({ ...COMMON, stdin, outfile: join(first, 'program.mjs') });
  copyFileSync(join(source, 'dist', WASM), join(first, WASM));
  const manifest = { name: ONNX_RUNTIME, version, type: 'module', exports: './index.mjs' };
  writeFileSync(join(first, 'package.json'), JSON.stringify(manifest));
  execFileSync(process.execPath, [join(import.meta.dirname, 'onnx-image.ts'), first], {
    stdio: 'inherit',
  });
  for (const folder of others) cpSync(first, folder, { recursive: true });
}
