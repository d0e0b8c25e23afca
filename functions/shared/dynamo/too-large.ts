import { DomainError } from '../errors.ts';
import { DynamoError } from './client.ts';

/** A write would make an item of more than DynamoDB's 400 KB. Who knows what is stored says it better. */
export class ItemTooLarge extends DomainError {
  override readonly name = 'ItemTooLarge';

  constructor(cause: DynamoError) {
    super('INVALID_PARAMETER_VALUE', 'What is to be stored together may have 400 KB', { cause });
  }
}

const ITEM_SIZE = /item size .*exceeded/i;

/** An error of a write, with this refusal recognized, which transactions tell among their reasons. */
export function withTooLarge(error: unknown): unknown {
  if (!(error instanceof DynamoError)) return error;
  const texts = [error.message, ...error.reasons.map(({ Message = '' }) => Message)];
  return texts.some((text) => ITEM_SIZE.test(text)) ? new ItemTooLarge(error) : error;
}
