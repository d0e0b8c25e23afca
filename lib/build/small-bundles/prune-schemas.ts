import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Lets the bundler drop the schemas of operations that nobody calls. The AWS SDK writes each schema
 * as an array whose objects have keys from constants, `{ [_hQ]: "uploadId" }`. A computed key could
 * have a side effect, so esbuild keeps all of the client's schemas: 57 KiB too much for S3, 39 for
 * Lambda. The same text with the constants' values as keys means the same and can be dropped.
 */
export const pruneSchemas: Plugin = {
  name: 'prune-schemas',
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ },
      (file) => ({
        contents: withPlainKeys(readFileSync(file.path, 'utf8')),
        loader: 'js',
      }),
    );
  },
};

/** Replaces `[_name]:` by `"value":` where the text has `const _name = "value";`. */
export function withPlainKeys(source: string): string {
  const constants = new Map(
    Array.from(source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm), ([, name, value]) => [
      name,
      value,
    ]),
  );
  return source.replace(/\[(_\w+)\]:/g, (key, name: string) => {
    const value = constants.get(name);
    return value ? `${value}:` : key;
  });
}
