export { type MlflowOperation, mlflowApi, operation } from './api.ts';
export { decodeBody, decodeObject, missing } from './decode.ts';
export { encode } from './encode.ts';
export * from './field-table.ts';
export { pageSize } from './max-results.ts';
export { fromPageToken, toPageToken } from './page-token.ts';
