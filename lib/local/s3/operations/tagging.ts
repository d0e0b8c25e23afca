import { elements, textOf } from '../../shared/xml.ts';
import {
  readCheckedXml,
  type S3Context,
  type S3Operation,
  type S3Request,
  sendEmpty,
  sendXml,
} from '../context.ts';
import { noSuchKey } from '../errors.ts';
import { checkTags } from '../object-headers.ts';

/** Bytes; ten tags are far smaller. */
const XML_LIMIT = 64 * 1024;

export const getObjectTagging: S3Operation = (request, context) => {
  const { tags } = objectOf(request, context);
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  sendXml(request.response, 200, 'Tagging', { TagSet: { Tag: list } });
};

export const putObjectTagging: S3Operation = async (request, context) => {
  const tagging = await readCheckedXml(request.http, XML_LIMIT);
  const tags = elements(tagging, 'TagSet').flatMap((set) => elements(set, 'Tag'));
  const pairs = tags.map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? ''] as const);
  const { bucket, key } = objectOf(request, context);
  context.index.setTags(bucket, key, checkTags(pairs));
  sendEmpty(request.response, 200);
};

export const deleteObjectTagging: S3Operation = (request, context) => {
  const { bucket, key } = objectOf(request, context);
  context.index.setTags(bucket, key, {});
  sendEmpty(request.response, 204);
};

function objectOf({ bucket, key }: S3Request, { index }: S3Context) {
  index.requireBucket(bucket);
  const row = index.object(bucket, key);
  if (!row) throw noSuchKey();
  return row;
}
