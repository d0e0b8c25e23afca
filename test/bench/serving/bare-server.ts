import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadGbdt } from '../../../functions/serving/scorers/gbdt.ts';
import { gbdt } from './model.ts';

/** The limit: a Node server that parses the request, scores it by the same code, and answers. */
const scorer = loadGbdt(gbdt);

createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { dataframe_records: records } = JSON.parse(Buffer.concat(parts).toString('utf8')) as {
    dataframe_records: Record<string, number>[];
  };
  const columns = new Map(
    Object.keys(records[0] ?? {}).map((name) => [name, records.map((record) => record[name])]),
  );
  const predictions = Array.from(scorer.score({ length: records.length, columns }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ predictions }));
}).listen(0, '127.0.0.1', function (this: { address(): unknown }) {
  console.log(`http://127.0.0.1:${(this.address() as AddressInfo).port}`);
});
