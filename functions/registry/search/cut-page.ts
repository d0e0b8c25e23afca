import { toPageToken } from '../../mlflow/index.ts';
import { fittingInAnswer } from '../../shared/http/bytes-in-answer.ts';
import { type Clause, type Searchable, sortValues } from './searchable.ts';

/** An answer must stay below Lambda's 6 MB: a page ends, with a token, before it would exceed this. */
const MAX_PAGE_BYTES = 5_500_000;

/**
 * As many rows of a page as fit into an answer, at least the first; `items` are the rows of `wires` as the
 * search found them, `next` is the token of the page after.
 */
export function cutPage(
  items: readonly Searchable[],
  wires: readonly object[],
  order: readonly Clause[],
  next: string | undefined,
): { readonly rows: object[]; readonly next_page_token?: string } {
  const texts = wires.map((wire) => JSON.stringify(wire));
  const count = Math.max(1, fittingInAnswer(texts, MAX_PAGE_BYTES));
  const last = count < wires.length ? items[count - 1] : undefined;
  const token = last ? toPageToken(sortValues(last, order)) : next;
  return { rows: wires.slice(0, count), ...(token && { next_page_token: token }) };
}
