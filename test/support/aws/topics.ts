import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsPortListener } from '../../../lib/local/aws-port.ts';
import { createSns } from '../../../lib/local/sns/index.ts';

let listener: RequestListener;
/** One address for all that are started: SDK's clients keep the one that they began with. */
const server = createServer((request, response) => listener(request, response)).unref();

/** The local SNS with a topic `told`, which this process's functions tell people by. */
export async function startTopics() {
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-topics-'));
  const sns = createSns({ dataDir, allowPrivate: true, deliver: async () => {} });
  const context = { region: 'us-east-1', accountId: '000000000000', assetPath: String };
  const declare = (TopicName: string) => sns.providers[0]?.create('Topic', { TopicName }, context);
  const own = await declare('told');
  listener = awsPortListener([sns]);
  if (!server.listening) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const { port } = server.address() as AddressInfo;
  process.env.AWS_ENDPOINT_URL_SNS = `http://127.0.0.1:${port}`;
  process.env.NOTIFICATIONS_TOPIC = own?.ref ?? '';
  return {
    sns,
    /** Makes a topic of one's own. */
    create: (topicArn: string) => void declare(topicArn.slice(topicArn.lastIndexOf(':') + 1)),
    stop: async () => {
      await sns.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
