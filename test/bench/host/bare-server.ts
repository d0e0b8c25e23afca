import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

/** The peer of gateway and Lambda: the same read by the same SDK in a bare Node HTTP server. */
const client = new DynamoDBClient({
  endpoint: String(process.argv[2]),
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const Key = { pk: { S: 'a' } };
const server = createServer(async (_request, response) => {
  const { Item } = await client.send(new GetItemCommand({ TableName: 'bench', Key }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(Item));
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
