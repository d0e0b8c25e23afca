import { TestHost } from '../support/host.ts';
import type { Figure } from './figures.ts';
import { benchSearch } from './registry/search.ts';

/** Searches of the registry on a host of its own. */
export async function benchRegistry(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    return await benchSearch(host);
  } finally {
    await host.stop();
  }
}
