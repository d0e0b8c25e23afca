import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsPortListener } from '../../lib/local/aws-port.ts';
import { startEngine } from '../../lib/local/dynamodb/engine.ts';
import { createEventBridge } from '../../lib/local/eventbridge/index.ts';
import { createS3 } from '../../lib/local/s3/index.ts';
import { UnsupportedError } from '../../lib/local/shared/properties.ts';
import { createSqs } from '../../lib/local/sqs/index.ts';
import { validateDefinition } from '../../lib/local/stepfunctions/asl/validate.ts';
import type { Template } from '../../lib/local/template/assembly.ts';
import { createResources } from '../../lib/local/template/create-resources.ts';
import type { Intake } from './case.ts';
import type { Peer } from './peer.ts';

/** The local host's services, empty, with the bucket `b`. */
export async function ownServices(): Promise<Peer & { stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-second-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const engine = await startEngine(join(dataDir, 'dynamodb.db'), () => {});
  const sqs = createSqs({ dataDir, awsUrl: () => endpoint });
  const events = createEventBridge({ dataDir, deliver: async () => {} });
  const s3 = createS3({ dataDir, notify: () => {} });
  const nowhere = { region: 'us-east-1', accountId: '000000000000', assetPath: () => '' };
  await s3.providers[0]?.create('B', {}, nowhere);
  const providers = new Map(sqs.providers.map((one) => [one.type, one]));
  const intake: Intake = async (template, parameters) => {
    try {
      return (await createResources(template as Template, providers, nowhere, parameters)).outputs;
    } catch (error) {
      if (error instanceof UnsupportedError) return 'refused';
      throw error;
    }
  };
  server.on('request', awsPortListener([sqs, events, s3]));
  for (const service of [s3, sqs, events]) await service.start();
  return {
    name: 'slipway',
    services: ['dynamodb', 'events', 's3', 'sqs', 'states', 'template'],
    endpointOf: (service) => (service === 'dynamodb' ? engine.endpoint : endpoint),
    bucket: 'b',
    account: 'local',
    intake,
    define: async (definition) =>
      validateDefinition(definition).length === 0 ? 'accepted' : 'refused',
    stop: async () => {
      server.closeAllConnections();
      server.close();
      for (const service of [events, sqs, s3]) await service.stop();
      await engine.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
