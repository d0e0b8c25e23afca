import { createEventBridge } from '../../../../lib/local/eventbridge/index.ts';

/** Program of a test: publishes numbered events and tells its parent of each one accepted. */
const eventBridge = createEventBridge({
  dataDir: String(process.argv[2]),
  deliver: () => new Promise(() => {}),
});
const context = { region: '', accountId: '', assetPath: String };
const rule = eventBridge.providers.find(({ type }) => type === 'AWS::Events::Rule');
const Targets = [{ Id: 't', Arn: 'arn:aws:sqs:us-east-1:000000000000:jobs' }];
await rule?.create('Rule', { EventPattern: { source: ['aws.test'] }, Targets }, context);
await eventBridge.start();
for (let i = 0; ; i++) {
  eventBridge.emit('aws.test', 'Numbered', { id: String(i) }, 'arn:aws:test:::one');
  process.send?.(String(i));
  if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
