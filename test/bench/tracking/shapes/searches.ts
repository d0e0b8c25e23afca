import { API, good, type Shape } from './shape.ts';

interface SearchAnswer {
  readonly runs?: readonly object[];
  readonly next_page_token?: string;
}

export function search(
  name: string,
  size: number,
  body: object,
  rows: number,
  pagesBefore = 0,
): Shape {
  return {
    name: `${name} of ${size.toLocaleString('en')}`,
    group: 'search',
    users: 4,
    maxRequests: 400,
    prepare: async (bench) => {
      const experiment = bench.seeded.get(size);
      if (experiment === undefined) return undefined;
      const wanted = { experiment_ids: [experiment], ...body };
      let token: string | undefined;
      for (let page = 0; page < pagesBefore; page++) {
        const answer = await bench.client.call<SearchAnswer>('POST', `${API}/runs/search`, {
          ...wanted,
          ...(token && { page_token: token }),
        });
        token = answer.next_page_token;
      }
      const request = { ...wanted, ...(token && { page_token: token }) };
      return async () => {
        const text = await good(bench, 'POST', `${API}/runs/search`, request);
        const found = text.split('"info":').length - 1;
        if (found !== rows) throw new Error(`${found} runs of ${rows}`);
      };
    },
  };
}

export const FILTERED = {
  filter: "metrics.m1 > 0.5 AND params.p0 = 'v3'",
  order_by: ['metrics.m2 DESC'],
  max_results: 20,
};
