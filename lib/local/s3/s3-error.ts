import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AwsError } from '../shared/aws-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const noSuchKey = () => new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
export const noSuchBucket = () =>
  new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
export const noSuchUpload = () =>
  new AwsError('NoSuchUpload', 'The specified multipart upload does not exist.', 404);
export const preconditionFailed = () =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions did not hold', 412);
export const badDigest = (what: string) =>
  new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

export function sendXml(response: ServerResponse, status: number, xml: string): void {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': body.length,
    'x-amz-request-id': randomUUID(),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

export function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof AwsError;
  if (!known) console.error(error);
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  const code = known ? error.code : full ? 'InsufficientStorage' : 'InternalError';
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What the client still sends is not wanted; the connection ends with this answer.
  response.req.resume();
  response.setHeader('connection', 'close');
  const status = known ? error.status : full ? 507 : 500;
  sendXml(response, status, element('Error', { Code: code, Message: message }));
}

/** An element of texts, numbers, nested elements (already XML) and lists of them. */
export function element(name: string, content: Readonly<Record<string, Content>>): string {
  const inner = Object.entries(content).map(([child, value]) =>
    [value ?? []]
      .flat()
      .map((one) => (one instanceof Xml ? one.text : leaf(child, one)))
      .join(''),
  );
  return `<${name}>${inner.join('')}</${name}>`;
}

/** Text that is XML already. */
export class Xml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Leaf = string | number | boolean | Xml;
type Content = Leaf | readonly Leaf[] | undefined;

const leaf = (name: string, value: Leaf) => `<${name}>${escapeXml(String(value))}</${name}>`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escapeXml = (text: string) =>
  text
    .replaceAll(/[&<>"]/g, (c) => ESCAPES[c] ?? c)
    // Control characters have no place in XML 1.0 but as references.
    .replaceAll(/\p{Cc}/gu, (c) => `&#${c.charCodeAt(0)};`);
