import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nativeDigests } from '../../../../lib/build/small-bundles/native-digests.ts';

async function bundled(source: string) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    write: false,
    plugins: [nativeDigests],
  });
  return outputFiles[0]?.text ?? '';
}

const run = async (source: string) =>
  (await import(`data:text/javascript,${encodeURIComponent(await bundled(source))}`)) as {
    answer: unknown;
  };

describe('digests in a bundle', () => {
  it.each([
    ['Md5', '@aws-sdk/checksums/md5', '900150983cd24fb0d6963f7d28e17f72'],
    ['Sha1', '@aws-sdk/checksums/sha', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    [
      'Sha256',
      '@smithy/core/checksum',
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ],
    ['Crc32', '@aws-sdk/checksums/crc', '352441c2'],
  ])('%s is that of Node', async (name, module, hex) => {
    const { answer } = await run(`
      import { ${name} } from '${module}';
      const digest = new ${name}();
      digest.update(Buffer.from('abc'));
      export const answer = Buffer.from(await digest.digest()).toString('hex');`);
    expect(answer).toBe(hex);
  });

  it('for other platforms are refused with the reason', async () => {
    const source = "import { Sha256Js } from '@smithy/core/checksum'; new Sha256Js();";
    await expect(run(source)).rejects.toThrow('Sha256Js is not in the bundles');
  });
});
