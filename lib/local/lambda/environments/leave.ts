import { subscribe } from 'node:diagnostics_channel';

/** Node's HTTP client tells of requests as they are sent, … */
const CREATED = 'http.client.request.created';

/** … and of their ends, with or without an answer. */
const ENDED = ['http.client.response.finish', 'http.client.request.error'];

/**
 * Counts what this thread asks of services. The function that is returned ends the thread at the first
 * moment at which nothing is without an answer: what was sent has been carried out by then, and
 * nothing more is sent.
 */
export function leaveWhenAnswered(): () => void {
  const open = new Set<unknown>();
  let leaving = false;
  const leave = () => {
    if (leaving && open.size === 0) process.exit(0);
  };
  const requestOf = (message: unknown) => (message as { readonly request: object }).request;
  subscribe(CREATED, (message) => void open.add(requestOf(message)));
  for (const name of ENDED) {
    subscribe(name, (message) => {
      open.delete(requestOf(message));
      leave();
    });
  }
  return () => {
    leaving = true;
    leave();
  };
}
