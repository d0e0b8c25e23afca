import type { Plugin } from 'esbuild';

/**
 * Leaves out of the bundles how Parquet's variant columns are written, 6 KiB: no function writes one; whoever
 * would is told by an error.
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
