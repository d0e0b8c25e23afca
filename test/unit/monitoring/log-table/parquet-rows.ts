import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';

const compressors = { ZSTD: (packed: Uint8Array) => new Uint8Array(zstdDecompressSync(packed)) };

/** The rows of a file of the table of the inference log. */
export const parquetRows = (file: Uint8Array) =>
  parquetReadObjects({ file: new Uint8Array(file).buffer, compressors });
