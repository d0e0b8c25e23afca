import type { HostAddress } from '../address-file.ts';
import { count, operatorOptions, runningHost } from './operator-options.ts';
import { print, tableLines } from './print.ts';
import { callApi } from './public-api.ts';

interface Event {
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly actor: string;
  readonly text: string;
}

interface Page {
  readonly events: readonly Event[];
  readonly next: number | null;
  readonly last: number;
}

/** `slipway events`: the last events of the audit trail, oldest first. */
export async function events(args: readonly string[]): Promise<number> {
  const { values } = operatorOptions(args, {
    type: { type: 'string' },
    subject: { type: 'string' },
    limit: { type: 'string', default: '20' },
  });
  const limit = count(values.limit, '--limit');
  const host = runningHost(values['data-dir']);
  const filter = {
    ...(values.type && { type: values.type }),
    ...(values.subject && { subject: values.subject }),
  };
  // Without a filter the last ones are at a known place; with one, the trail is read through.
  const { last } = await read(host, { limit: '1' });
  let found: Event[] = [];
  const first = Object.keys(filter).length === 0 ? Math.max(0, last - limit) : 0;
  for (let after: number | null = first; after !== null; ) {
    const page: Page = await read(host, { ...filter, after: String(after), limit: '1000' });
    found = [...found, ...page.events].slice(-limit);
    after = page.next;
  }
  print(values.json, { events: found }, () =>
    tableLines(
      found.map(({ seq, time, type, actor, text }) => [String(seq), time, type, actor, text]),
    ),
  );
  return 0;
}

const read = ({ url }: HostAddress, query: Readonly<Record<string, string>>) =>
  callApi<Page>(`${url}/api/slipway/v1/events?${new URLSearchParams(query)}`);
