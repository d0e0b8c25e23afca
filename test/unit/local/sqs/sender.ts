import { openSqs } from './sqs-fixture.ts';

/** Program of a test: sends numbers to a queue and tells its parent of each one once it is sent. */
const sqs = openSqs(String(process.argv[2]));
const context = { region: '', accountId: '', assetPath: String };
const created = await sqs.providers[0]?.create('jobs', { QueueName: 'jobs' }, context);
for (let i = 0; ; i++) {
  await sqs.queues.send(String(created?.attributes.Arn), String(i));
  process.send?.(i);
  if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
