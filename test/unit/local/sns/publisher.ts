import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsPortListener } from '../../../../lib/local/aws-port.ts';
import { createSns } from '../../../../lib/local/sns/index.ts';

/** Program of a test: publishes numbers and tells its parent of each one that was accepted. */
const refuse = () => Promise.reject(new Error('down'));
const sns = createSns({ dataDir: String(process.argv[2]), allowPrivate: false, deliver: refuse });
const created = await sns.providers[0]?.create(
  'Told',
  { TopicName: 'told' },
  { region: '', accountId: '', assetPath: String },
);
const server = createServer(awsPortListener([sns]));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request';
const call = (fields: Record<string, string>) =>
  fetch(origin, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({ Version: '2010-03-31', TopicArn: created?.ref ?? '', ...fields }),
  });
await call({
  Action: 'Subscribe',
  Protocol: 'sqs',
  Endpoint: 'arn:aws:sqs:us-east-1:000000000000:jobs',
});
for (let i = 0; ; i++) {
  const response = await call({ Action: 'Publish', Message: String(i) });
  if (response.status === 200) process.send?.(i);
}
