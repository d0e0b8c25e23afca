import { randomUUID } from 'node:crypto';
import type { XmlElement } from '@rgrove/parse-xml';
import { AwsError } from '../../shared/aws-error.ts';
import { elements, textOf } from '../../shared/xml.ts';
import {
  announcedChecksum,
  CHECKSUM_ALGORITHMS,
  type ChecksumType,
  checksumAlgorithm,
  checksumElement,
  checksumHeaders,
} from '../checksums.ts';
import { writeCheck } from '../conditions.ts';
import {
  quoted,
  readXml,
  type S3Operation,
  type S3Request,
  sendEmpty,
  sendXml,
  versionHeader,
} from '../context.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { keptHeaders, taggingHeader } from '../object-headers.ts';
import type { Upload } from '../upload-index.ts';
import { completedObject, type NamedPart } from './complete-upload.ts';
import { receive, storeObject } from './store-object.ts';

/** Bytes of a list of 10,000 parts with checksums. */
const XML_LIMIT = 4 * 1024 * 1024;

const MAX_PART = 10_000;

export const createMultipartUpload: S3Operation = ({ bucket, key, http, response }, context) => {
  context.index.requireBucket(bucket);
  const upload: Upload = {
    id: randomUUID(),
    bucket,
    key,
    created: Date.now(),
    headers: keptHeaders(http.headers),
    tags: taggingHeader(http.headers),
    ...checksumOf(http.headers['x-amz-checksum-algorithm'], http.headers['x-amz-checksum-type']),
  };
  context.uploads.create(upload);
  const { algorithm, checksumType } = upload;
  if (algorithm) response.setHeader('x-amz-checksum-algorithm', algorithm.toUpperCase());
  if (checksumType) response.setHeader('x-amz-checksum-type', checksumType);
  const content = { Bucket: bucket, Key: key, UploadId: upload.id };
  sendXml(response, 200, 'InitiateMultipartUploadResult', content);
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumOf(
  name: string | string[] | undefined,
  type: string | string[] | undefined,
): Pick<Upload, 'algorithm' | 'checksumType'> {
  if (name === undefined) return {};
  const algorithm = checksumAlgorithm(String(name));
  const full = algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE';
  const checksumType = (type ?? full) as ChecksumType;
  const possible =
    checksumType === 'COMPOSITE' ? algorithm !== 'crc64nvme' : algorithm.startsWith('crc');
  if (!['COMPOSITE', 'FULL_OBJECT'].includes(checksumType) || !possible) {
    throw invalidRequest(`Checksum type ${checksumType} does not go with ${algorithm}`);
  }
  return { algorithm, checksumType };
}

export const uploadPart: S3Operation = async (request, context) => {
  const { http, query, response } = request;
  const upload = uploadOf(request, context);
  const number = partNumber(query);
  checkPartChecksum(upload, announcedChecksum(http.headers)?.algorithm);
  const received = await receive(http, context);
  try {
    const part = { ...received, number, modified: Date.now() };
    await context.blobs.discard(context.uploads.putPart(upload, part));
  } catch (error) {
    await context.blobs.discard([received.blob]);
    throw error;
  }
  // Of what kind it is, only whole objects say.
  const { 'x-amz-checksum-type': _, ...checksum } = checksumHeaders(received.checksum);
  sendEmpty(response, 200, { etag: quoted(received.etag), ...checksum });
};

/** A part has the checksum of its upload; one whose whole is summed up at the end may come without. */
function checkPartChecksum({ algorithm, checksumType }: Upload, came: string | undefined): void {
  const without = came === undefined && checksumType !== 'COMPOSITE';
  if (algorithm === undefined || came === algorithm || without) return;
  const types = `expected checksum Type: ${algorithm}, actual checksum Type: ${came ?? 'null'}`;
  throw invalidRequest(`Checksum Type mismatch occurred, ${types}`);
}

export function partNumber(query: URLSearchParams): number {
  const number = Number(query.get('partNumber'));
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PART) return number;
  throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PART}`);
}

export const listParts: S3Operation = (request, context) => {
  const { bucket, key, query, response } = request;
  const upload = uploadOf(request, context);
  const limit = Math.min(Number(query.get('max-parts') ?? 1000), 1000);
  const marker = Number(query.get('part-number-marker') ?? 0);
  const left = context.uploads.parts(upload.id).filter(({ number }) => number > marker);
  const parts = left.slice(0, limit);
  sendXml(response, 200, 'ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.number ?? marker,
    MaxParts: limit,
    IsTruncated: left.length > limit,
    Part: parts.map((part) => ({
      PartNumber: part.number,
      LastModified: new Date(part.modified).toISOString(),
      ETag: quoted(part.etag),
      Size: part.size,
      ...checksumElement(part.checksum),
    })),
  });
};

export const listMultipartUploads: S3Operation = ({ bucket, query, response }, context) => {
  context.index.requireBucket(bucket);
  const uploads = context.uploads.list(bucket, query.get('prefix') ?? '', 1001);
  sendXml(response, 200, 'ListMultipartUploadsResult', {
    Bucket: bucket,
    MaxUploads: 1000,
    IsTruncated: uploads.length > 1000,
    Upload: uploads.slice(0, 1000).map(({ key, id, created }) => ({
      Key: key,
      UploadId: id,
      Initiated: new Date(created).toISOString(),
    })),
  });
};

export const completeMultipartUpload: S3Operation = async (request, context) => {
  const { bucket, key, http, response } = request;
  const upload = uploadOf(request, context);
  const check = writeCheck(http.headers);
  const named = namedParts(await readXml(http, XML_LIMIT));
  check(context.index.object(bucket, key));
  const object = await completedObject(upload, named, http.headers, context);
  const row = await storeObject(object, context, check, () => context.uploads.drop(upload));
  const { checksum } = row;
  for (const [name, value] of Object.entries(versionHeader(context, row))) {
    response.setHeader(name, value);
  }
  sendXml(response, 200, 'CompleteMultipartUploadResult', {
    Bucket: bucket,
    Key: key,
    ETag: quoted(row.etag),
    ...checksumElement(checksum),
    ...(checksum && { ChecksumType: checksum.type }),
  });
};

function namedParts(request: XmlElement): NamedPart[] {
  const parts = elements(request, 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
    checksum: CHECKSUM_ALGORITHMS.map((name) => textOf(part, `Checksum${name.toUpperCase()}`)).find(
      (value) => value !== undefined,
    ),
  }));
  if (parts.length === 0) throw new AwsError('MalformedXML', 'No part was named');
  return parts;
}

export const abortMultipartUpload: S3Operation = async (request, context) => {
  const upload = uploadOf(request, context);
  await context.blobs.discard(context.uploads.abort(upload));
  sendEmpty(request.response, 204);
};

const uploadOf = ({ bucket, key, query }: S3Request, context: Parameters<S3Operation>[1]) =>
  context.uploads.require(query.get('uploadId') ?? '', bucket, key);
