import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AwsService, Lifecycle, ResourceProvider } from '../service.ts';
import { AwsError } from '../shared/aws-error.ts';
import { HOURLY_MS, Housekeeping } from '../shared/housekeeping.ts';
import { BlobFiles } from './blob-files.ts';
import { type BucketSettings, bucketProvider } from './bucket-provider.ts';
import { type S3Context, type S3Request, sendXml } from './context.ts';
import { S3Database } from './database.ts';
import { accessDenied, asS3Error, invalidRequest } from './errors.ts';
import { download, upload } from './file-transfer.ts';
import { abortOldUploads, deleteExpired, forgetOldVersions } from './lifecycle.ts';
import { type Mount, MountedIndex } from './mounted-index.ts';
import { NoticeOutbox, type Notify } from './notices.ts';
import { OPERATION_NAMES, operationOf } from './operations/index.ts';
import { checkPresigned, type LocalCredentials, liftHeaders } from './presigned-url.ts';
import { checkRequestHeaders } from './request-headers.ts';
import { UploadIndex } from './upload-index.ts';
import { Versions } from './versions.ts';

/** Bytes of a key in UTF-8. */
const MAX_KEY = 1024;

export interface S3Options {
  readonly dataDir: string;
  /** Folders that take the place of objects with certain keys, in every bucket. */
  readonly mounts?: readonly Mount[];
  /** Takes "Object Created" and "Object Deleted" of buckets that notify EventBridge. */
  readonly notify: Notify;
  /** What presigned addresses are checked against. */
  readonly credentials?: LocalCredentials;
}

interface S3Service extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Lets a folder take the place of objects, from now on. */
  mount(mount: Mount): void;
  /** Copies an object, or all objects below a prefix, into a folder. */
  download(uri: string, folder: string): Promise<void>;
  /** Stores a file under `s3://bucket/key`. */
  upload(file: string, uri: string): Promise<void>;
  /** Forgets every object, upload and notice; cuts off who is sending one. Buckets stay. */
  reset(): Promise<void>;
}

/** An S3 of files and an index in SQLite. */
export function createS3(options: S3Options): S3Service {
  const database = new S3Database(join(options.dataDir, 's3', 'index.db'));
  const settings = new Map<string, BucketSettings>();
  const serving = new Map<ServerResponse, Promise<void>>();
  let sweeping: Promise<void> | undefined;
  const credentials = options.credentials ?? { accessKeyId: 'local', secretAccessKey: 'local' };
  const blobs = new BlobFiles(join(options.dataDir, 's3', 'objects'), database);
  const mounts = [...(options.mounts ?? [])];
  const versions = new Versions(database, (bucket) => settings.get(bucket)?.versioned ?? false);
  const context: S3Context = {
    index: new MountedIndex(database, mounts, (id) => blobs.path(id), versions),
    versions,
    uploads: new UploadIndex(database),
    blobs,
    outbox: new NoticeOutbox(database, options.notify),
    notifies: (bucket) => settings.get(bucket)?.notifies ?? false,
  };

  const lifecycle = new Housekeeping('Abandoned uploads and old objects', HOURLY_MS, () =>
    applyLifecycles(settings, context),
  );

  return {
    signingNames: ['s3'],
    operations: OPERATION_NAMES,
    providers: [bucketProvider(context.index, settings)],
    handle: async (http, response) => {
      const served = serve(http, response, context, credentials).catch((error: unknown) => {
        // The client left in the middle of its request: there is nobody to answer.
        if (http.destroyed && !http.complete) response.destroy();
        else sendError(response, asS3Error(error));
      });
      serving.set(response, served);
      await served;
      serving.delete(response);
      // What was refused unread is read now: the connection stays usable and the client sees the answer.
      if (!http.readableEnded) http.resume();
    },
    start: async () => {
      await context.blobs.sweep();
      context.outbox.flush();
      lifecycle.start();
    },
    reset: async () => {
      for (const response of serving.keys()) response.destroy();
      await Promise.all(serving.values());
      database.empty();
      sweeping = context.blobs.sweep().catch((error: unknown) => console.error(error));
    },
    stop: async () => {
      await Promise.all([context.outbox.stop(), sweeping, lifecycle.stop()]);
      database.raw.close();
    },
    mount: (mount) => void mounts.push(mount),
    download: (uri, folder) => download(uri, folder, context),
    upload: (file, uri) => upload(file, uri, context),
  };
}

async function applyLifecycles(
  settings: ReadonlyMap<string, BucketSettings>,
  context: S3Context,
): Promise<void> {
  for (const [bucket, { lifecycle: rules }] of settings) {
    await abortOldUploads(bucket, rules, context, Date.now());
    await forgetOldVersions(bucket, rules, context, Date.now());
    await deleteExpired(bucket, rules, context, Date.now());
  }
}

/** Answers a request whose signature or presigned address is in order. Throws what `asS3Error` knows. */
async function serve(
  http: IncomingMessage,
  response: ServerResponse,
  context: S3Context,
  credentials: LocalCredentials,
): Promise<void> {
  const request = parseRequest(http, response);
  // A preflight: no bucket here has rules that let pages of other sites in.
  if (http.method === 'OPTIONS') throw accessDenied('CORSResponse: CORS is not enabled');
  if (request.query.has('X-Amz-Signature')) {
    await checkPresigned(http, credentials);
    liftHeaders(http, request.query);
  } else if (request.query.has('AWSAccessKeyId')) {
    throw invalidRequest('Signature version 2 is not supported. Please use AWS4-HMAC-SHA256.');
  } else if (http.headers.authorization === undefined) throw accessDenied('Access Denied');
  checkRequestHeaders(http.headers);
  await operationOf(request)(request, context);
}

/** Path-style addresses only. The path is taken as sent: a key may hold `..` and `//`. */
function parseRequest(http: IncomingMessage, response: ServerResponse): S3Request {
  const url = http.url ?? '/';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  let key: string;
  try {
    key = decodeURIComponent(rest);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
  if (Buffer.byteLength(key) > MAX_KEY) {
    throw new AwsError('KeyTooLongError', 'Your key is too long');
  }
  return { http, response, bucket, key, query };
}

function sendError(response: ServerResponse, { code, message, status }: AwsError): void {
  if (response.headersSent) response.destroy();
  else sendXml(response, status, 'Error', { Code: code, Message: message });
}
