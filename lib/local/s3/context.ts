import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { XmlElement } from '@rgrove/parse-xml';
import { readBody } from '../shared/body.ts';
import { type Content, element, rootOf } from '../shared/xml.ts';
import type { BlobFiles } from './blob-files.ts';
import { UploadDigests } from './checksums.ts';
import { malformedXml } from './errors.ts';
import type { NoticeOutbox } from './notices.ts';
import type { ObjectIndex } from './object-index.ts';
import type { UploadIndex } from './upload-index.ts';
import type { Versions } from './versions.ts';

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** What the operations share. */
export interface S3Context {
  readonly blobs: BlobFiles;
  readonly index: ObjectIndex;
  readonly uploads: UploadIndex;
  readonly versions: Versions;
  readonly outbox: NoticeOutbox;
  /** Whether the bucket sends its events to EventBridge. */
  readonly notifies: (bucket: string) => boolean;
}

export interface S3Request {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

export type S3Operation = (request: S3Request, context: S3Context) => Promise<void> | void;

/** The document of a request of at most so many bytes. Throws MalformedXML for what is none. */
export async function readXml(http: IncomingMessage, limit: number): Promise<XmlElement> {
  return xmlIn(await readBody(http, limit));
}

/** As `readXml`, of a request whose digests are those of its document. Throws BadDigest, too. */
export async function readCheckedXml(http: IncomingMessage, limit: number): Promise<XmlElement> {
  const digests = new UploadDigests(http.headers);
  const body = await readBody(http, limit);
  digests.update(body);
  await digests.finish();
  return xmlIn(body);
}

function xmlIn(body: Buffer): XmlElement {
  try {
    return rootOf(body.toString('utf8'));
  } catch {
    throw malformedXml('The XML you provided was not well-formed');
  }
}

export function sendXml(
  response: ServerResponse,
  status: number,
  name: string,
  content: Content,
): void {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${document(name, content)}`);
  const type = { 'content-type': 'application/xml', 'content-length': body.length };
  response.writeHead(status, { ...type, ...requestId() });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Errors have no namespace. */
const document = (name: string, content: Content) =>
  element(name, content).replace(`<${name}>`, name === 'Error' ? '$&' : `<${name} ${NAMESPACE}>`);

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = status === 204 || status === 304 ? {} : { 'content-length': 0 };
  response.writeHead(status, { ...headers, ...length, ...requestId() }).end();
}

export const requestId = () => ({ 'x-amz-request-id': randomUUID() });

/** The header that names the version of an object, where its bucket keeps them. */
export function versionHeader(
  { index }: Pick<S3Context, 'index'>,
  { bucket, key, blob }: { readonly bucket: string; readonly key: string; readonly blob: string },
): Record<string, string> {
  return index.keepsVersions(bucket, key) ? { 'x-amz-version-id': blob } : {};
}

export const quoted = (etag: string) => `"${etag}"`;
