import { invalid } from '../../shared/errors.ts';
import { json } from '../../shared/http/api.ts';
import { bytesInAnswer } from '../../shared/http/bytes-in-answer.ts';
import { recordText } from './record.ts';
import { recordsAfter } from './record-store.ts';

const STANDARD_SIZE = 1000;

/** Bytes of a page: an answer of a function has at most 6 MB. Clients follow the token. */
const MAX_PAGE = 5_500_000;

interface ListRecordsInput {
  readonly dataset_id: string;
  readonly max_results?: number;
  readonly page_token?: string;
}

/** Records of a dataset, the oldest first, as a JSON text; none for a dataset that is not there. */
export async function listRecords(input: ListRecordsInput) {
  const { dataset_id } = input;
  const limit = input.max_results || STANDARD_SIZE;
  if (limit < 1) throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied`);
  let after = positionOf(input.page_token);
  const texts: string[] = [];
  let size = 0;
  let more = true;
  let last: { created_time: number; dataset_record_id: string } | undefined;
  while (more && texts.length < limit && size < MAX_PAGE) {
    const page = await recordsAfter(dataset_id, after, limit - texts.length + 1);
    more = page.more;
    for (const record of page.records) {
      const text = recordText(dataset_id, record);
      const bytes = bytesInAnswer(JSON.stringify(text));
      if (texts.length === limit || (texts.length > 0 && size + bytes > MAX_PAGE)) {
        more = true;
        size = MAX_PAGE;
        break;
      }
      texts.push(text);
      size += bytes;
      last = record;
      after = record.dataset_record_id;
    }
  }
  const token = more && last && `${last.created_time}:${last.dataset_record_id}`;
  return json(200, {
    records: `[${texts.join(', ')}]`,
    ...(token && { next_page_token: Buffer.from(token).toString('base64') }),
  });
}

/** The record behind which a page begins: MLflow's token is `<time>:<id>` in base64. */
function positionOf(token: string | undefined): string | undefined {
  if (!token) return undefined;
  const found = /^\d+:(dr-[0-9a-f]{32})$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  if (!found) throw invalid('Invalid page token, could not base64-decode');
  return found[1];
}
