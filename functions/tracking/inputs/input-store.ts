import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { batchGet, ConditionFailed, key, queryAll, writeOne } from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { trackingTableName } from '../keys.ts';
import { runPartition } from '../runs/run.ts';
import { changeRun } from '../runs/run-store.ts';
import type { RunInput } from './run-input.ts';

/** Bytes of JSON from which an input is packed into rows of its own: schemas and profiles are long. */
const PACK_FROM = 64 * 1024;

/** Bytes of such a row; DynamoDB takes 400 KB. */
const MAX_PART = 350 * 1024;

/** Characters of the inputs of a run in an answer, which a function may give 6 MB of. */
const MAX_ANSWER = 4_500_000;

/** The row of an input: the input itself, or which parts behind it hold it. */
interface HeadRow {
  readonly sk: string;
  /** Grows with the time; rows of before there was one come first. */
  readonly logged?: string;
  readonly input?: RunInput;
  readonly packed?: Packed;
}

/** Parts are named after what they hold: of two calls with one name and digest, none mixes with the other. */
interface Packed {
  readonly hash: string;
  readonly parts: number;
}

interface PartRow {
  readonly sk: string;
  readonly body: Uint8Array;
}

const digestOf = (content: string | Uint8Array) =>
  createHash('sha256').update(content).digest('hex');

const partKey = (head: string, hash: string, part: number) =>
  key(head, hash.slice(0, 22), String(part).padStart(4, '0'));

const inputKey = (runId: string, { name, digest }: RunInput['dataset']) => ({
  pk: runPartition(runId),
  sk: key('INPUT', digestOf(JSON.stringify([name, digest]))),
});

/** Records a dataset that a run read; one that is known by name and digest is left as it is. */
export async function putInput(runId: string, input: RunInput): Promise<void> {
  const keys = inputKey(runId, input.dataset);
  const held = await inOneRowOrParts(keys, input);
  try {
    await changeRun(runId, { update: 'SET has_inputs = :true', values: { ':true': true } }, [
      {
        table: trackingTableName(),
        put: { ...keys, logged: newId(), ...held },
        condition: 'attribute_not_exists(pk)',
      },
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Whether a run has an input of this name and digest. */
export async function hasInput(runId: string, dataset: RunInput['dataset']): Promise<boolean> {
  const keys = [inputKey(runId, dataset)];
  return (await batchGet(trackingTableName(), keys, { attributes: ['sk'] })).length > 0;
}

/** What a run told of a dataset of this name and digest. */
export async function toldOf(
  runId: string,
  dataset: RunInput['dataset'],
): Promise<RunInput['dataset'] | undefined> {
  const { pk, sk } = inputKey(runId, dataset);
  const [input] = await readInputs(pk, sk);
  return input?.dataset;
}

/** What the row of an input holds; the parts of a long one are written when this returns. */
async function inOneRowOrParts(
  { pk, sk }: { readonly pk: string; readonly sk: string },
  input: RunInput,
): Promise<Pick<HeadRow, 'input' | 'packed'>> {
  const json = JSON.stringify(input);
  if (json.length < PACK_FROM) return { input };
  const body = zstdCompressSync(json);
  const hash = digestOf(body);
  const parts = Math.ceil(body.length / MAX_PART);
  await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      writeOne({
        table: trackingTableName(),
        put: {
          pk,
          sk: partKey(sk, hash, part),
          body: body.subarray(part * MAX_PART, (part + 1) * MAX_PART),
        },
      }),
    ),
  );
  return { packed: { hash, parts } };
}

/** Inputs of a run, in the order in which they were logged. Of more than an answer holds, what is too much has neither schema nor profile. */
export const inputsOfRun = async (runId: string): Promise<RunInput[]> =>
  shortened(await readInputs(runPartition(runId), 'INPUT#'));

async function readInputs(pk: string, prefix: string): Promise<RunInput[]> {
  const heads: HeadRow[] = [];
  const bodies = new Map<string, Uint8Array>();
  for await (const row of queryAll<HeadRow | PartRow>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :input)',
    values: { ':pk': pk, ':input': prefix },
  })) {
    if ('body' in row) bodies.set(row.sk, row.body);
    else heads.push(row);
  }
  heads.sort(({ logged: a = '' }, { logged: b = '' }) => (a < b ? -1 : Number(a > b)));
  return heads.map((head) => head.input ?? unpacked(head, bodies));
}

function unpacked({ sk, packed }: HeadRow, bodies: ReadonlyMap<string, Uint8Array>): RunInput {
  const parts = Array.from({ length: packed?.parts ?? 0 }, (_, part) => {
    const body = bodies.get(partKey(sk, packed?.hash ?? '', part));
    // The parts were there before the row that names them.
    if (!body) throw new Error(`Part ${part} of ${sk} is missing`);
    return body;
  });
  return JSON.parse(zstdDecompressSync(Buffer.concat(parts)).toString('utf8')) as RunInput;
}

function shortened(inputs: readonly RunInput[]): RunInput[] {
  let size = 0;
  return inputs.map((input) => {
    const { schema, profile, ...dataset } = input.dataset;
    const long = (schema?.length ?? 0) + (profile?.length ?? 0);
    if (size + long > MAX_ANSWER) return { ...input, dataset };
    size += long;
    return input;
  });
}
