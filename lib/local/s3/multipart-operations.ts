import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../shared/aws-error.ts';
import { readXml } from './bucket-operations.ts';
import { checksumHeader } from './checksums.ts';
import type { ObjectRow, PartRow } from './object-index.ts';
import { checkWriteConditions } from './object-operations.ts';
import { removeBlobs, type S3Operation } from './s3-context.ts';
import { element, sendXml, Xml } from './s3-error.ts';
import { keptHeaders, receive } from './upload.ts';

export const createMultipartUpload: S3Operation = async (
  { bucket, key, http, response },
  context,
) => {
  context.index.requireBucket(bucket);
  const id = randomUUID();
  context.index.createUpload(id, bucket, key, JSON.stringify(keptHeaders(http)));
  const xml = element('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
  sendXml(response, 200, xml);
};

export const uploadPart: S3Operation = async ({ http, query, response }, context) => {
  const id = query.get('uploadId') ?? '';
  context.index.upload(id);
  const blob = await receive(http, context);
  const part: PartRow = {
    number: Number(query.get('partNumber')),
    blob: blob.id,
    size: blob.size,
    etag: blob.etag,
  };
  removeBlobs(context, [context.index.putPart(id, part)]);
  const { checksum } = blob;
  response.writeHead(200, {
    etag: `"${blob.etag}"`,
    'content-length': 0,
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
  response.end();
};

export const listParts: S3Operation = async ({ bucket, key, query, response }, context) => {
  const id = query.get('uploadId') ?? '';
  context.index.upload(id);
  const parts = context.index
    .parts(id)
    .map(
      (part) =>
        new Xml(
          element('Part', { PartNumber: part.number, ETag: `"${part.etag}"`, Size: part.size }),
        ),
    );
  const xml = { Bucket: bucket, Key: key, UploadId: id, IsTruncated: false, Part: parts };
  sendXml(response, 200, element('ListPartsResult', xml));
};

export const completeMultipartUpload: S3Operation = async (request, context) => {
  const { bucket, key, query, response } = request;
  const id = query.get('uploadId') ?? '';
  const upload = context.index.upload(id);
  const body = (await readXml(request)) as {
    CompleteMultipartUpload?: { Part?: { PartNumber: string; ETag: string }[] };
  };
  const stored = context.index.parts(id);
  const chosen = (body.CompleteMultipartUpload?.Part ?? []).map((wanted) => {
    const part = stored.find(({ number }) => number === Number(wanted.PartNumber));
    if (!part || part.etag !== wanted.ETag.replaceAll('"', '')) {
      throw new AwsError('InvalidPart', `Part ${wanted.PartNumber} was not uploaded as named`);
    }
    return part;
  });
  if (chosen.length === 0) throw new AwsError('MalformedXML', 'No part was named');
  const numbers = chosen.map(({ number }) => number);
  if (numbers.some((number, i) => i > 0 && number <= (numbers[i - 1] ?? 0))) {
    throw new AwsError('InvalidPartOrder', 'The parts must be in ascending order');
  }
  const digests = Buffer.concat(chosen.map(({ etag }) => Buffer.from(etag, 'hex')));
  const row: ObjectRow = {
    bucket,
    key,
    blob: await context.files.concatenate(chosen.map(({ blob }) => blob)),
    size: chosen.reduce((sum, { size }) => sum + size, 0),
    etag: `${createHash('md5').update(digests).digest('hex')}-${chosen.length}`,
    modified: Date.now(),
    headers: upload.headers,
  };
  try {
    removeBlobs(context, context.index.putObject(row, checkWriteConditions(request), id));
  } catch (error) {
    removeBlobs(context, [row.blob]);
    throw error;
  }
  context.changed('Object Created', row);
  const xml = { Bucket: bucket, Key: key, ETag: `"${row.etag}"` };
  sendXml(response, 200, element('CompleteMultipartUploadResult', xml));
};

export const abortMultipartUpload: S3Operation = async ({ query, response }, context) => {
  const id = query.get('uploadId') ?? '';
  context.index.upload(id);
  removeBlobs(context, context.index.dropUpload(id));
  response.writeHead(204).end();
};
