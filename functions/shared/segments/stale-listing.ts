/** A segment was replaced and deleted while it was being looked for: the listing is out of date. */
export class StaleListing extends Error {
  override readonly name = 'StaleListing';
}

/** Compactions that may replace a segment between a listing and its reads before a search gives up. */
const MAX_ATTEMPTS = 5;

/** Does what reads listed segments, again with a new listing if one of them is gone. Throws `StaleListing` in the end. */
export async function withFreshListing<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StaleListing) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
