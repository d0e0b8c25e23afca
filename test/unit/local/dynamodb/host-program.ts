import { openDynamoDb } from './dynamodb-fixture.ts';

/** Program of a test: runs the engine and says so; its parent kills it. */
await openDynamoDb(String(process.argv[2]));
process.send?.('ready');
setInterval(() => {}, 1000);
