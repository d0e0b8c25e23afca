import { pageSize } from '../mlflow/index.ts';
import { checkComparison, parseFilter, parseOrderBy } from '../search/index.ts';
import { describeModel } from './get-registered-model.ts';
import { findModel, listModels } from './model-store.ts';
import type { RegisteredModel } from './registered-model.ts';
import { by, type Clause, demanded, fullOrder, matches, page, type Searchable } from './search.ts';
import { MODEL_FIELDS } from './search-fields.ts';

const STANDARD_SIZE = 100;
const MAX_SIZE = 1000;
const INDEX_PAGE = 500;

/** Prompts are models with this tag; only a filter that names it finds them. */
const PROMPT_TAG = 'mlflow.prompt.is_prompt';

export interface SearchInput {
  readonly filter?: string;
  readonly max_results?: number;
  readonly order_by?: readonly string[];
  readonly page_token?: string;
}

/** Registered models that match a filter, by name unless told otherwise. */
export async function searchRegisteredModels(
  input: SearchInput,
): Promise<{ registered_models: object[]; next_page_token?: string }> {
  const limit = pageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
  const filter = parseFilter(input.filter).map((comparison) =>
    checkComparison(comparison, MODEL_FIELDS),
  );
  const order = fullOrder(parseOrderBy(input.order_by ?? [], MODEL_FIELDS), [by('name')]);
  const prompts = filter.some(({ entity, key }) => entity === 'tag' && key === PROMPT_TAG);
  const names = demanded(filter, 'name');
  const found: (Searchable & { model: RegisteredModel })[] = [];
  for await (const model of names ? named(names) : all()) {
    const item = { model, tags: model.tags, attributes: attributesOf(model) };
    if (!prompts && model.tags[PROMPT_TAG] === 'true') continue;
    if (matches(item, filter)) found.push(item);
  }
  const { items, next } = page(found, order satisfies Clause[], limit, input.page_token);
  return {
    registered_models: await Promise.all(items.map(({ model }) => describeModel(model))),
    ...(next && { next_page_token: next }),
  };
}

const attributesOf = ({
  name,
  creation_timestamp,
  last_updated_timestamp,
}: RegisteredModel): Searchable['attributes'] => ({
  name,
  creation_timestamp,
  last_updated_timestamp,
});

async function* named(names: readonly string[]): AsyncGenerator<RegisteredModel> {
  for (const name of names) {
    const model = await findModel(name);
    if (model) yield model;
  }
}

/** Every model, page by page of the index. */
export async function* all(): AsyncGenerator<RegisteredModel> {
  let after: string | undefined;
  for (;;) {
    const { models, more } = await listModels(after, INDEX_PAGE);
    yield* models;
    after = models.at(-1)?.name;
    if (!more || after === undefined) return;
  }
}
