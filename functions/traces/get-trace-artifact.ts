import { artifactLocation, checkArtifactPath, download } from '../artifacts/index.ts';
import { DomainError, invalid, notFound } from '../shared/errors.ts';
import type { HttpResult } from '../shared/http/api.ts';
import { loadWithSpans } from './spans/span-store.ts';
import { toFileSpan } from './spans/wire-span.ts';
import { STORED_HERE, TAGS, type Trace, traceMissing } from './trace.ts';

const FILE = 'traces.json';

interface GetTraceArtifactInput {
  readonly request_id?: string;
  /** An attachment of a span instead of the spans. */
  readonly path?: string;
}

/** The spans of a trace as the web interface reads them, or an attachment. */
export async function getTraceArtifact(input: GetTraceArtifactInput): Promise<HttpResult> {
  const { request_id, path } = input;
  if (!request_id) {
    throw new DomainError('BAD_REQUEST', 'Request must include the "request_id" query parameter.');
  }
  const attached = path ? checkArtifactPath(path) : undefined;
  const found = await loadWithSpans(request_id);
  if (!found) {
    throw attached
      ? traceMissing(request_id)
      : notFound(`Trace with ID ${request_id} is not found.`);
  }
  const { trace, spans } = found;
  if (attached) return fileOf(trace, attachmentPath(attached));
  if (trace.tags[TAGS.spansLocation] !== STORED_HERE) return spansFile(trace);
  return attachment(FILE, JSON.stringify({ spans: spans.map(toFileSpan) }));
}

/** Clients name attachments by UUIDs. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function attachmentPath(path: string): string {
  if (UUID.test(path)) return `attachments/${path}`;
  throw invalid(`Invalid attachment path: '${path}'. Attachment path must be a valid UUID.`);
}

const TYPE = 'application/octet-stream';

async function fileOf({ tags }: Trace, path: string): Promise<HttpResult> {
  const folder = (tags[TAGS.artifactLocation] ?? '').replace(/\/$/, '');
  return download(await artifactLocation(`${folder}/${path}`), TYPE);
}

async function spansFile(trace: Trace): Promise<HttpResult> {
  try {
    return await fileOf(trace, FILE);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error;
    const folder = trace.tags[TAGS.artifactLocation] ?? '';
    throw new DomainError('NOT_FOUND', `Trace data not found for path=${folder}/${FILE}`);
  }
}

const attachment = (name: string, content: string): HttpResult => ({
  statusCode: 200,
  headers: {
    'content-type': TYPE,
    'content-disposition': `attachment; filename=${name}`,
    'x-content-type-options': 'nosniff',
  },
  body: content,
});
