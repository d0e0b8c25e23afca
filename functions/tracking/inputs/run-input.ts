import { checkLength } from '../../mlflow/index.ts';
import { invalid } from '../../shared/errors.ts';

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

/** Bytes of one input: requests and answers of a function have at most 6 MB. */
const MAX_SIZE = 4_000_000;

/** The value of the tag `mlflow.data.context`, which searches call the dataset's context. */
export const contextOf = (input: RunInput): string | undefined =>
  input.tags.find(({ key }) => key === 'mlflow.data.context')?.value;

export function checkInput(input: RunInput): void {
  const { dataset, tags } = input;
  for (const [field, limit] of Object.entries(LIMITS)) {
    checkLength(dataset[field as keyof typeof LIMITS], limit, field);
  }
  for (const { key, value } of tags) {
    checkLength(key, MAX_TAG_KEY, 'key');
    checkLength(value, MAX_TAG_VALUE, 'value');
  }
  if (Buffer.byteLength(JSON.stringify(input)) > MAX_SIZE) {
    throw invalid(
      `Dataset '${dataset.name}' with its schema and profile exceeds ${MAX_SIZE} bytes`,
    );
  }
}
