export { ByteReader, ByteWriter } from './bytes.ts';
export {
  type Column,
  NumberColumn,
  readNumbers,
  readTexts,
  TextColumn,
  writeNumbers,
  writeTexts,
} from './column.ts';
export { readIntegers, writeIntegers } from './integers.ts';
export { PackedColumns, packColumns } from './packed.ts';
