import type { Plugin } from 'esbuild';

/**
 * Leaves the writer of Parquet's variant columns out of the bundles (6 KiB): no function writes such a column.
 * One that did would get an error that names this file.
 */
export const noVariants: Plugin = {
  name: 'no-variants',
  setup(build) {
    build.onLoad({ filter: /\/hyparquet-writer\/src\/variant\.js$/ }, () => ({
      contents: REFUSAL,
    }));
  },
};

const REFUSAL = `
  const refuse = () => {
    throw new Error('Variant columns are not in the bundles: see lib/build/small-bundles/no-variants.ts');
  };
  export {
    refuse as autoDetectShredding,
    refuse as encodeVariantColumn,
    refuse as normalizeShreddingConfig,
  };
`;
