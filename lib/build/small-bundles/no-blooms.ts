import type { Plugin } from 'esbuild';

/**
 * Leaves out of the bundles how Parquet's bloom filters are read, 4 KiB: they serve reads with a filter, which
 * no function does; whoever would is told by an error.
 */
export const noBlooms: Plugin = {
  name: 'no-blooms',
  setup(build) {
    build.onLoad({ filter: /\/hyparquet\/src\/bloom\.js$/ }, () => ({ contents: REFUSAL }));
  },
};

const REFUSAL = `
  const refuse = () => {
    throw new Error('Bloom filters are not in the bundles: see lib/build/small-bundles/no-blooms.ts');
  };
  export {
    refuse as bloomEligibleColumns,
    refuse as hashParquetValue,
    refuse as readBloomFilter,
    refuse as sbbfContains,
  };
`;
