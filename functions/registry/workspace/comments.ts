import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { DomainError, invalid, notFound } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import { CommentCreated, CommentDeleted, CommentUpdated } from '../events.ts';
import { getModel, registryTableName } from '../models/model-store.ts';
import { requireLevel } from '../permissions.ts';
import { versionMissing, versionNumber } from '../versions/model-version.ts';
import { versionExists } from '../versions/version-store.ts';
import { anActivity, type Comment } from './activity.ts';
import {
  activityPut,
  commentDeletes,
  commentPuts,
  type FoundComment,
  findComment,
} from './workspace-store.ts';

const MAX_LENGTH = 65_535;
/** Events carry the beginning of a comment. */
const EVENT_LENGTH = 1000;

function check(comment: string): void {
  if (comment.length > MAX_LENGTH) throw invalid(`A comment has at most ${MAX_LENGTH} characters`);
}

const announced = (name: string, version: number, { id, comment }: Comment) => ({
  model: name,
  version: String(version),
  comment_id: id,
  comment: comment.slice(0, EVENT_LENGTH),
});

/** Adds a comment to a version. Everybody who may read the model may comment. */
export async function createComment(
  input: { readonly name: string; readonly version: string; readonly comment: string },
  context: OperationContext,
): Promise<Comment> {
  const { name } = input;
  check(input.comment);
  const version = versionNumber(input.version);
  requireLevel(await getModel(name), context.actor, 'CAN_READ');
  const now = context.clock();
  const comment: Comment = {
    id: newId(),
    user_id: context.actor.user,
    comment: input.comment,
    creation_timestamp: now,
    last_updated_timestamp: now,
  };
  try {
    await transactWrite([
      versionExists(name, version),
      ...commentPuts(name, version, comment),
      activityPut(name, version, anActivity('NEW_COMMENT', { comment: input.comment }, context)),
      outbox(registryTableName(), CommentCreated, announced(name, version, comment), context),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw versionMissing(name, version);
    throw error;
  }
  return comment;
}

/** Changes one's own comment. */
export async function updateComment(
  input: { readonly id: string; readonly comment: string },
  context: OperationContext,
): Promise<Comment> {
  check(input.comment);
  return retryChanged(async () => {
    const { name, version, comment: former } = await ownComment(input.id, context);
    const comment = { ...former, comment: input.comment, last_updated_timestamp: context.clock() };
    const [put, ...pointer] = commentPuts(name, version, comment);
    const previous_comment = former.comment.slice(0, EVENT_LENGTH);
    const data = { ...announced(name, version, comment), previous_comment };
    await transactWrite([
      // It may have been changed, deleted, or moved to another name since it was read.
      {
        ...(put as Write),
        condition: 'last_updated_timestamp = :read',
        values: { ':read': former.last_updated_timestamp },
      },
      ...pointer,
      outbox(registryTableName(), CommentUpdated, data, context),
    ]);
    return comment;
  });
}

/** Deletes a comment: one's own, or as an admin anybody's. */
export async function deleteComment(
  input: { readonly id: string },
  context: OperationContext,
): Promise<void> {
  const found = await ownComment(input.id, context);
  const data = announced(found.name, found.version, found.comment);
  try {
    await transactWrite([
      ...commentDeletes(found),
      outbox(registryTableName(), CommentDeleted, data, context),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw commentMissing(input.id);
    throw error;
  }
}

async function ownComment(id: string, { actor }: OperationContext): Promise<FoundComment> {
  const found = await findComment(id);
  if (!found) throw commentMissing(id);
  if (found.comment.user_id === actor.user || actor.groups.includes('admins')) return found;
  throw new DomainError('PERMISSION_DENIED', `Comment ${id} is ${found.comment.user_id}'s`);
}

const commentMissing = (id: string) => notFound(`Comment with id=${id} not found`);
