import { fromPageToken, type Int64, pageSize, toPageToken } from '../../mlflow/index.ts';
import { checkComparison, parseFilter, parseOrderBy } from '../../search/index.ts';
import { describeModels } from '../models/get-registered-model.ts';
import { checkSettled, findModel, listModels } from '../models/model-store.ts';
import type { RegisteredModel } from '../models/registered-model.ts';
import { isHiddenPrompt } from '../prompt.ts';
import { cutPage } from './cut-page.ts';
import { MODEL_FIELDS, MODEL_ORDER_FIELDS } from './search-fields.ts';
import {
  aboutPrompts,
  by,
  type Clause,
  demanded,
  fullOrder,
  matches,
  page,
  type Searchable,
  sortValues,
} from './searchable.ts';

const STANDARD_SIZE = 100;
const MAX_SIZE = 1000;
const INDEX_PAGE = 500;

/** The order of the index. */
const STANDARD_ORDER = [by('name')];

export interface SearchInput {
  readonly filter?: string;
  readonly max_results?: Int64;
  readonly order_by?: readonly string[];
  readonly page_token?: string;
}

/** Registered models that match a filter, by name unless told otherwise. */
export async function searchRegisteredModels(
  input: SearchInput,
): Promise<{ registered_models: object[]; next_page_token?: string }> {
  const limit = pageSize(input.max_results, STANDARD_SIZE, MAX_SIZE);
  const { filter, prompts } = aboutPrompts(
    parseFilter(input.filter).map((comparison) => checkComparison(comparison, MODEL_FIELDS)),
  );
  const order = fullOrder(parseOrderBy(input.order_by ?? [], MODEL_ORDER_FIELDS), STANDARD_ORDER);
  const wanted = (item: Found) => matches(item, filter) && (prompts || !isHiddenPrompt(item.model));
  const names = demanded(filter, 'name');
  const { items, next } =
    names || !isStandard(order)
      ? page(await collect(names ? named(names) : all(), wanted), order, limit, input.page_token)
      : await indexPage(wanted, limit, input.page_token);
  const described = await describeModels(items.map(({ model }) => model));
  const { rows, ...token } = cutPage(items, described, order, next);
  return { registered_models: rows, ...token };
}

interface Found extends Searchable {
  readonly model: RegisteredModel;
}

const toFound = (model: RegisteredModel): Found => ({
  model,
  tags: model.tags,
  attributes: attributesOf(model),
});

const isStandard = ([first, ...more]: readonly Clause[]) =>
  first?.entity === 'attribute' && first.key === 'name' && !first.descending && more.length === 0;

async function collect(
  models: AsyncIterable<RegisteredModel>,
  wanted: (item: Found) => boolean,
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const model of models) {
    const item = toFound(model);
    if (wanted(item)) found.push(item);
  }
  return found;
}

/** A page in the order of names, read from where the page before it ended. */
async function indexPage(
  wanted: (item: Found) => boolean,
  limit: number,
  token: string | undefined,
): Promise<{ items: Found[]; next?: string }> {
  const last = fromPageToken<Searchable>(token, ({ attributes }) => attributes !== undefined);
  const after = last && String(last.attributes.name);
  const items: Found[] = [];
  for await (const model of all(after, Math.min(limit + 1, INDEX_PAGE))) {
    const item = toFound(model);
    if (!wanted(item)) continue;
    const end = items.at(-1);
    if (items.length === limit && end) {
      return { items, next: toPageToken(sortValues(end, STANDARD_ORDER)) };
    }
    items.push(item);
  }
  return { items };
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
    if (!model) continue;
    checkSettled(model);
    yield model;
  }
}

/** Every model after a name, page by page of the index. */
async function* all(from?: string, size = INDEX_PAGE): AsyncGenerator<RegisteredModel> {
  let after = from;
  for (;;) {
    const { models, more } = await listModels(after, size);
    yield* models;
    after = models.at(-1)?.name;
    if (!more || after === undefined) return;
  }
}
