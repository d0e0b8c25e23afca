import { createReadStream } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { AwsService, Lifecycle, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import * as buckets from './bucket-operations.ts';
import { UploadDigests } from './checksums.ts';
import * as multipart from './multipart-operations.ts';
import { ObjectIndex } from './object-index.ts';
import * as objects from './object-operations.ts';
import { BlobFiles } from './object-store.ts';
import { checkPresigned } from './presigned-url.ts';
import { type ObjectChange, removeBlobs, type S3Context, type S3Operation } from './s3-context.ts';
import { noSuchKey, sendError } from './s3-error.ts';

export interface S3Options {
  readonly dataDir: string;
  /** Takes "Object Created" and "Object Deleted" of buckets that notify EventBridge. */
  readonly notify: (type: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface S3Service extends AwsService, Lifecycle {
  readonly providers: readonly ResourceProvider[];
  /** Copies an object, or all objects below a prefix, into a folder. */
  download(uri: string, folder: string): Promise<void>;
  /** Stores a file under `s3://bucket/key`. */
  upload(file: string, uri: string): Promise<void>;
}

/** An S3 of files and an index in SQLite. */
export function createS3(options: S3Options): S3Service {
  const index = new ObjectIndex(join(options.dataDir, 's3.db'));
  const files = new BlobFiles(join(options.dataDir, 's3'));
  const notifying = new Set<string>();
  const context: S3Context = {
    index,
    files,
    changed: (type, row) => {
      if (notifying.has(row.bucket)) options.notify(type, notification(row));
    },
  };

  const bucketProvider: ResourceProvider = {
    type: 'AWS::S3::Bucket',
    properties: {
      BucketName: true,
      NotificationConfiguration: { EventBridgeConfiguration: true },
      BucketEncryption: 'ignored',
      OwnershipControls: 'ignored',
      PublicAccessBlockConfiguration: 'ignored',
      VersioningConfiguration: 'ignored',
      Tags: 'ignored',
    },
    create: (logicalId, properties) => {
      const name = String(properties.BucketName ?? logicalId.toLowerCase());
      index.createBucket(name);
      if (properties.NotificationConfiguration) notifying.add(name);
      return {
        ref: name,
        attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com` },
      };
    },
  };

  return {
    signingNames: ['s3'],
    providers: [bucketProvider],
    handle: (request, response) => handle(request, response, context),
    start: () => files.sweep((id) => index.knowsBlob(id)),
    stop: async () => index.close(),
    download: (uri, folder) => download(uri, folder, context),
    upload: (file, uri) => upload(file, uri, context),
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, context: S3Context) {
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    response.writeHead(200, {
      'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
      'access-control-allow-headers': '*',
      'access-control-max-age': '3000',
    });
    response.end();
    return;
  }
  try {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    await checkPresigned(request, url);
    const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
    const key = decodeURIComponent(rest.join('/'));
    const operation = choose(request, bucket, key, url.searchParams);
    const parts = { http: request, response, bucket, key, query: url.searchParams };
    await operation(parts, context);
  } catch (error) {
    sendError(response, error);
  }
}

/** Sub-resources that are not kept here; asking for one is refused, not answered with an object. */
const UNSUPPORTED = ['acl', 'tagging', 'versions', 'versionId', 'policy', 'lifecycle'];

function choose(
  request: IncomingMessage,
  bucket: string,
  key: string,
  query: URLSearchParams,
): S3Operation {
  const { method = 'GET' } = request;
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  const chosen = unsupported ? undefined : operationOf(method, request, bucket, key, query);
  if (chosen) return chosen;
  const what = `${method} ${unsupported ? `?${unsupported}` : 'on this resource'}`;
  throw new AwsError('NotImplemented', `${what} is not implemented`, 501);
}

function operationOf(
  method: string,
  request: IncomingMessage,
  bucket: string,
  key: string,
  query: URLSearchParams,
): S3Operation | undefined {
  if (bucket === '') return method === 'GET' ? buckets.listBuckets : undefined;
  const upload = query.has('uploadId');
  if (key === '') {
    if (method === 'POST') return query.has('delete') ? buckets.deleteObjects : undefined;
    const byMethod: Readonly<Record<string, S3Operation>> = {
      GET: buckets.listObjects,
      HEAD: buckets.headBucket,
      PUT: buckets.createBucket,
    };
    return byMethod[method];
  }
  if (method === 'PUT' && upload) return multipart.uploadPart;
  if (method === 'PUT') {
    return request.headers['x-amz-copy-source'] ? objects.copyObject : objects.putObject;
  }
  if (method === 'POST' && upload) return multipart.completeMultipartUpload;
  if (method === 'POST' && query.has('uploads')) return multipart.createMultipartUpload;
  if (method === 'DELETE') return upload ? multipart.abortMultipartUpload : objects.deleteObject;
  if (method === 'GET' && upload) return multipart.listParts;
  return method === 'GET' || method === 'HEAD' ? objects.getObject : undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const notification = ({ bucket, key, size, etag }: ObjectChange) => ({
  version: '0',
  bucket: { name: bucket },
  object: { key, size, etag },
  resources: [`arn:aws:s3:::${bucket}`],
  requester: arn('iam', 'local'),
});

function parseUri(uri: string): { bucket: string; key: string } {
  const found = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri);
  if (!found) throw new AwsError('InvalidURI', `${uri} is no S3 address`);
  return { bucket: found[1] ?? '', key: found[2] ?? '' };
}

async function download(uri: string, folder: string, { index, files }: S3Context): Promise<void> {
  const { bucket, key } = parseUri(uri);
  index.requireBucket(bucket);
  const base = key.slice(0, key.lastIndexOf('/') + 1);
  let count = 0;
  for (let after = ''; ; ) {
    const rows = index.list(bucket, key, after, 1000);
    for (const row of rows) {
      const target = join(folder, row.key.slice(base.length));
      await mkdir(dirname(target), { recursive: true });
      await copyFile(files.path(row.blob), target);
      count += 1;
    }
    if (rows.length < 1000) break;
    after = rows.at(-1)?.key ?? '';
  }
  if (count === 0) throw noSuchKey();
}

async function upload(file: string, uri: string, context: S3Context): Promise<void> {
  const { bucket, key } = parseUri(uri);
  context.index.requireBucket(bucket);
  const blob = await context.files.write(createReadStream(file), new UploadDigests({}));
  const row = { bucket, key, blob: blob.id, size: blob.size, etag: blob.etag };
  const whole = { ...row, modified: Date.now(), headers: '{}' };
  removeBlobs(
    context,
    context.index.putObject(whole, () => {}),
  );
  context.changed('Object Created', row);
}
