import type { Plugin } from 'esbuild';

/**
 * Leaves out what the SDK brings of MD5, SHA-1, SHA-256 and CRC-32 for platforms without them: Node has
 * them all, and they are 8 KiB of each bundle with S3's client.
 */
export const nativeDigests: Plugin = {
  name: 'native-digests',
  setup(build) {
    build.onLoad(
      { filter: /[\\/]checksums?[\\/].*[\\/](?:Md5|Sha1|Sha256|Crc32)Js\.js$/ },
      ({ path }) => {
        const name = /(\w+)\.js$/.exec(path)?.[1];
        const reason = `${name} is not in the bundles: see lib/build/small-bundles/native-digests.ts`;
        return {
          contents: `export class ${name} { constructor() { throw new Error(${JSON.stringify(reason)}); } }`,
          loader: 'js',
        };
      },
    );
  },
};
