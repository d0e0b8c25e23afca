import { XmlElement } from '@rgrove/parse-xml';
import type { Delivery } from '../../../../lib/local/service.ts';
import { rootOf } from '../../../../lib/local/shared/xml.ts';
import { createSns, type SnsService } from '../../../../lib/local/sns/index.ts';
import { awsServer, resourceContext, temporaryFolder } from '../support/aws-server.ts';

export const OWN_TOPIC = 'arn:aws:sns:us-east-1:000000000000:told';

export interface SnsOptions {
  readonly dataDir?: string;
  readonly allowPrivate?: boolean;
  readonly deliver?: (delivery: Delivery) => Promise<void>;
}

/** The service with one topic, `told`, as a template declares it; the caller starts and stops it. */
export async function openSns(options: SnsOptions = {}) {
  const { dataDir = temporaryFolder(), allowPrivate = true } = options;
  const queued: Delivery[] = [];
  const deliver = options.deliver ?? (async (delivery) => void queued.push(delivery));
  const sns = createSns({ dataDir, allowPrivate, deliver });
  await sns.providers[0]?.create('Told', { TopicName: 'told' }, resourceContext);
  return { sns, dataDir, queued };
}

/** A caller of the Query API, without an SDK: forms in, status and XML out. */
export async function snsCaller(sns: SnsService) {
  const { origin } = await awsServer([sns]);
  const credential = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request';
  return async (Action: string, fields: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(origin, {
      method: 'POST',
      headers: { authorization: credential },
      body: new URLSearchParams({ Action, Version: '2010-03-31', ...fields }),
    });
    const xml = await response.text();
    return { status: response.status, xml, text: (name: string) => textIn(rootOf(xml), name) };
  };
}

/** Text of the first element of that name, wherever it stands. */
function textIn(element: XmlElement, name: string): string | undefined {
  if (element.name === name) return element.text;
  const inner = element.children.filter((child) => child instanceof XmlElement);
  return inner.map((child) => textIn(child, name)).find((text) => text !== undefined);
}

interface Told {
  readonly MessageId: string;
  readonly Message: string;
  readonly Subject?: string;
}

export const messagesOf = (sns: SnsService) => JSON.parse(sns.messages()) as Told[];
