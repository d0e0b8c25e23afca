import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/**
 * Counts what this thread asks of services. The function that is returned ends the thread at the first
 * moment at which nothing is without an answer: what was sent has been carried out by then, and
 * nothing more is sent.
 */
export function leaveWhenAnswered(): () => void {
  const open = new Set<ClientRequest>();
  let leaving = false;
  const leave = () => {
    if (leaving && open.size === 0) process.exit(0);
  };
  const ended = (message: unknown) => {
    open.delete((message as { request: ClientRequest }).request);
    leave();
  };
  subscribe('http.client.request.created', (message) => {
    open.add((message as { request: ClientRequest }).request);
  });
  subscribe('http.client.response.finish', ended);
  subscribe('http.client.request.error', ended);
  return () => {
    leaving = true;
    leave();
  };
}
