import { invalid } from '../shared/errors.ts';

/** A dataset that a run read. */
export interface RunInput {
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema?: string;
    readonly profile?: string;
  };
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Characters, from `mlflow/utils/validation.py`. */
const LIMITS = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 };
const MAX_TAG_KEY = 255;
const MAX_TAG_VALUE = 500;

/** Bytes of one input: it is one item of at most 400 KB. */
const MAX_SIZE = 380_000;

/** The value of the tag `mlflow.data.context`, which searches call the dataset's context. */
export const contextOf = (input: RunInput): string | undefined =>
  input.tags.find(({ key }) => key === 'mlflow.data.context')?.value;

export function checkInput(input: RunInput): void {
  const { dataset, tags } = input;
  for (const [field, limit] of Object.entries(LIMITS)) {
    const value = dataset[field as keyof typeof LIMITS];
    if (value !== undefined && value.length > limit) {
      throw invalid(`Dataset ${field} exceeds the maximum length of ${limit}`);
    }
  }
  for (const { key, value } of tags) {
    if (key.length > MAX_TAG_KEY)
      throw invalid(`InputTag key exceeds the maximum length of ${MAX_TAG_KEY}`);
    if (value.length > MAX_TAG_VALUE)
      throw invalid(`InputTag value exceeds the maximum length of ${MAX_TAG_VALUE}`);
  }
  if (Buffer.byteLength(JSON.stringify(input)) > MAX_SIZE) {
    throw invalid(
      `Dataset '${dataset.name}' with its schema and profile exceeds ${MAX_SIZE} bytes`,
    );
  }
}
