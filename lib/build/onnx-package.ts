import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { DIST, ROOT } from './paths.ts';

/** Stays a package beside the bundles that import it: it finds its WebAssembly there, and only if asked. */
export const ONNX_RUNTIME = 'onnxruntime-web';

const WASM = 'ort-wasm-simd-threaded.wasm';
const IMAGE = 'program.image';
const SOURCES = 'functions/serving/onnx/package';

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
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: ROOT,
    outdir: DIST,
    entryPoints: folders.flatMap((folder) =>
      ['index', 'program'].map((file) => ({
        in: join(SOURCES, `${file}.ts`),
        out: relative(DIST, join(folder, file)),
      })),
    ),
  });
  const manifest = { name: ONNX_RUNTIME, version, type: 'module', exports: './index.mjs' };
  for (const folder of folders) {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    copyFileSync(join(source, 'dist', WASM), join(folder, WASM));
  }
  const [first, ...others] = folders;
  if (first === undefined) return;
  execFileSync(process.execPath, [join(import.meta.dirname, 'onnx-image.ts'), first], {
    stdio: 'inherit',
  });
  for (const folder of others) copyFileSync(join(first, IMAGE), join(folder, IMAGE));
}
