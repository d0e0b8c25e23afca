/** Where the web interface leaves the header that it sends with its own requests. */
const COOKIE = 'mlflow-request-header-Authorization';

/**
 * CloudFront Function (runtime 2.0, which has no destructuring) before pages and before what pages ask
 * for. Pictures and downloads of a page carry cookies alone: there the cookie stands for the header, for
 * reading only. Whoever opens the page without credentials is asked for them; the API decides what they
 * are worth.
 */
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const cookie = request.cookies[COOKIE];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!headers.authorization && cookie && reads) {
    headers.authorization = { value: decoded(cookie.value) };
  }
  const isPage = request.uri === '/' || request.uri === '/index.html';
  if (headers.authorization || !isPage) return request;
  return {
    statusCode: 401,
    statusDescription: 'Unauthorized',
    headers: {
      'www-authenticate': { value: 'Basic realm="Slipway: your token as the password"' },
    },
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch (_malformed) {
    return text;
  }
}
