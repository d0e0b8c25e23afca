import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from './service.ts';
import { element } from './shared/xml.ts';

/** `Credential=AKID/20260101/us-east-1/sqs/aws4_request`: the service stands before the last part. */
const SCOPE = /Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request/;

/** What a person reads on the AWS port, unsigned: content type and text by path. */
type Pages = Readonly<Record<string, () => readonly [type: string, text: string]>>;

/** Request listener of the AWS port: hands each request to the service it was signed for. */
export function awsPortListener(services: readonly AwsService[], pages: Pages = {}) {
  const byName = new Map(services.flatMap((s) => s.signingNames.map((name) => [name, s] as const)));
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { url = '', method, headers } = request;
    const page = Object.hasOwn(pages, url) ? pages[url] : undefined;
    if (page && method === 'GET' && !headers.authorization) {
      const [type, text] = page();
      response.writeHead(200, { 'content-type': type }).end(text);
      return;
    }
    const service = byName.get(signingName(request));
    if (!service) {
      refuse(request, response);
      return;
    }
    service.handle(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}

/** Refuses in the protocol of the caller: a client that cannot read a refusal tries again and again. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const [Code, Message] = ['UnknownOperationException', unknown(request)];
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    response.writeHead(404, { 'content-type': 'text/xml' });
    response.end(element('ErrorResponse', { Error: { Type: 'Sender', Code, Message } }));
  } else {
    response.writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': Code });
    response.end(JSON.stringify({ __type: Code, message: Message }));
  }
}

const unknown = (request: IncomingMessage) =>
  `No service here is called '${signingName(request)}' (unsigned requests reach none but S3)`;

/**
 * The service that a request was signed for. Requests without the header are S3's: presigned addresses and
 * preflights of browsers. A page of another site cannot send the header, so it reaches no other service.
 */
const signingName = ({ headers }: IncomingMessage): string =>
  SCOPE.exec(headers.authorization ?? '')?.[1] ?? 's3';
