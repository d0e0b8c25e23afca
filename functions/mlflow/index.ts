export {
  compareInt64,
  type Int64,
  readInt64,
  storedInt64,
  toInt64,
} from '../shared/int64.ts';
export { bodyless, type MlflowOperation, mlflowApi, operation, strictOperation } from './api.ts';
export { decodeBody, decodeObject } from './decode.ts';
export { encode } from './encode.ts';
export * from './field-table.ts';
export { pageSize, storePageSize } from './max-results.ts';
export { checkLength, checkName, checkUnique, cutText, invalidValue, isLonger } from './names.ts';
export { fromPageToken, toPageToken } from './page-token.ts';
export { pythonFloat } from './python-float.ts';
export {
  isJsonObject,
  type Json,
  JsonNumber,
  type JsonObject,
  parsePythonJson,
  pythonText,
  toPythonJson,
} from './python-json.ts';
export { anyInteger, missing, SEE_DOCS, wrong } from './values.ts';
export {
  parseDuration,
  parseFieldMask,
  parseTimestamp,
  toDuration,
  toTimestamp,
} from './well-known-json.ts';
