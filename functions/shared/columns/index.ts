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
export {
  type Integers,
  integerAt,
  integersOf,
  readIntegers,
  setIntegers,
  toIntegers,
  writeIntegers,
} from './integers.ts';
export { PackedColumns, packColumns } from './packed.ts';
