import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import { parseInput } from '../shared/parse-input.ts';

/** Entries of one batch call (SQS quota). */
const MAX_ENTRIES = 10;

/** Of a call the queue, of an entry of a batch its id. */
export const ENTRY = { QueueUrl: z.string().optional(), Id: z.string().optional() };

const batch = z.strictObject({
  QueueUrl: z.string(),
  Entries: z.array(z.looseObject({ Id: z.string() })).default([]),
});

interface Failure {
  readonly Id: string;
  readonly SenderFault: true;
  readonly Code: string;
  readonly Message: string;
}

/** Runs each entry of a batch on its own; a refused one is reported beside those that worked. */
export function runBatch<T>(
  input: unknown,
  work: (entry: Readonly<Record<string, unknown>>) => T,
): { Successful: (T & { Id: string })[]; Failed: Failure[] } {
  const entries = batchEntries(input);
  const Successful: (T & { Id: string })[] = [];
  const Failed: Failure[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ ...work(entry), Id: entry.Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

/** The entries of a batch; throws for a batch that SQS refuses as a whole. */
export function batchEntries(input: unknown): { Id: string; [member: string]: unknown }[] {
  const { Entries: entries } = parseInput(batch, input, 'InvalidParameterValue');
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two entries of the batch have the same Id.');
  }
  const wrong = entries.find(({ Id }) => !/^[\w-]{1,80}$/.test(Id));
  if (wrong) throw new AwsError('InvalidBatchEntryId', `${wrong.Id} is no batch entry id`);
  return entries;
}
