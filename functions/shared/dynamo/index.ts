export { dynamo } from './client.ts';
export { type Attributes, fromItem, type Key, key, toItem } from './item.ts';
export { batchGet, getItem, type QueryPage, type QuerySpec, queryAll, queryPage } from './read.ts';
export { ConditionFailed, transactWrite, type Write, writeOne } from './write.ts';
