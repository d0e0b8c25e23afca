import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet';
import { TrainingError } from '../training-error.ts';
import type { DataFile } from './data-file.ts';

/** Codecs beside Snappy, which the reader brings along. */
const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};

/** Opens a Parquet file. Throws a TrainingError when it is none. */
export async function openParquet(path: string, name: string): Promise<DataFile> {
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    return {
      name,
      rows,
      columns: parquetSchema(metadata).children.map(({ element }) => element.name),
      async read(column) {
        const values = new Array<unknown>(rows);
        await parquetRead({
          file,
          metadata,
          compressors,
          columns: [column],
          onChunk: ({ columnData, rowStart, rowEnd }) => {
            for (let row = rowStart; row < rowEnd; row++) values[row] = columnData[row - rowStart];
          },
        });
        return values;
      },
    };
  } catch (error) {
    throw new TrainingError(`${name} is not readable as Parquet: ${(error as Error).message}`);
  }
}
