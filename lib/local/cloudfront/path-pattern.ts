/** Whether a (normalised) path is one that the pattern means. */
export type PathPattern = (path: string) => boolean;

/**
 * `*` stands for any number of characters, `?` for one, slashes too; letters differ by case, and a slash at
 * the beginning may be left out.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export function pathPattern(pattern: string): PathPattern {
  const absolute = pattern.startsWith('/') ? pattern : `/${pattern}`;
  // A pattern that itself begins with a wildcard means the whole path.
  const text = pattern.startsWith('*') ? pattern : absolute;
  const source = text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const regex = new RegExp(`^${source.replaceAll('?', '.')}$`, 's');
  return (path) => regex.test(path);
}

/** What a normalised path never has: nearly all paths are normalised as they come. */
const UNUSUAL = /%|\/\/|\/\.|\\/;

/**
 * The form in which CloudFront compares a path (RFC 3986: characters that need no escape without one, dot
 * segments resolved) with its multiple slashes as one. The origin gets the path as it came.
 */
export function normalizedPath(raw: string): string {
  if (!UNUSUAL.test(raw)) return raw;
  const decoded = raw
    .replaceAll(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
    })
    .replaceAll(/\/{2,}/g, '/');
  const kept: string[] = [];
  const segments = decoded.split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    if (/^\.{1,2}$/.test(segment) && i === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}
