import { createSqs, type SqsService } from '../../../../lib/local/sqs/index.ts';
import { resourceContext } from '../support/aws-server.ts';

const ORIGIN = 'http://127.0.0.1:4566';

export const openSqs = (dataDir: string): SqsService =>
  createSqs({ dataDir, awsUrl: () => ORIGIN });

/** Declares a queue as the template would; its ARN. */
export async function declareQueue(
  sqs: SqsService,
  name: string,
  properties: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const all = { QueueName: name, ...properties };
  const created = await sqs.providers[0]!.create(name, all, resourceContext);
  return created.attributes.Arn!;
}
