export { DynamoError, dynamo } from './client.ts';
export { type Attributes, type AttributeValue, fromItem, type Key, key, toItem } from './item.ts';
export {
  batchGet,
  getItem,
  getPair,
  type QueryPage,
  type QuerySpec,
  queryAll,
  queryPage,
  queryPages,
} from './read.ts';
export { retryChanged } from './retry-changed.ts';
export { ItemTooLarge } from './too-large.ts';
export {
  ConditionFailed,
  conditionHeld,
  putMany,
  transactWrite,
  updateItem,
  type Write,
  writeOne,
} from './write.ts';
