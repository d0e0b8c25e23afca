import type { IncomingMessage, ServerResponse } from 'node:http';
import { landingPage } from './landing-page.ts';
import { StaticFiles } from './static-files.ts';

export interface WebInterfaceOptions {
  /** Folder of a build of MLflow's web interface. */
  readonly folder?: string;
  /** Whether whoever sent the request may use the API. */
  readonly admits: (request: IncomingMessage) => Promise<boolean>;
}

const FILES = '/static-files/';

/** Answers what a browser asks the host for before it calls the API; false for everything else. */
export function webInterface({ folder, admits }: WebInterfaceOptions) {
  const files = folder === undefined ? undefined : new StaticFiles(folder);
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { url = '', method } = request;
    // Nearly all requests are for the API and go on from here.
    if (url.length > 1 && url[1] !== '?' && !url.startsWith(FILES)) return false;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const path = url.split('?', 1)[0] ?? '';
    if (path !== '/') return files?.serve(path.slice(FILES.length), request, response) ?? false;
    if (!(await admits(request))) {
      // The browser asks its user, and then sends what it was given to every path of this origin.
      const challenge = { 'www-authenticate': 'Basic realm="Slipway: your token as the password"' };
      response.writeHead(401, challenge).end();
      return true;
    }
    if (files) return files.serve('index.html', request, response);
    const page = landingPage(request.headers.host ?? '');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(method === 'HEAD' ? undefined : page);
    return true;
  };
}
