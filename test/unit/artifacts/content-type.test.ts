import { expect, it } from 'vitest';
import { contentType } from '../../../functions/artifacts/content-type.ts';

it.each([
  ['a/model.json', 'text/plain'],
  ['MLmodel', 'text/plain'],
  ['a/plot.png', 'image/png'],
  ['e.tar', 'application/x-tar'],
  ['e.tar.gz', 'application/x-tar'],
  ['e.tgz', 'application/x-tar'],
  ['e.txz', 'application/x-tar'],
  ['rows.csv.xz', 'text/csv'],
  ['rows.gz', 'application/octet-stream'],
  ['png', 'application/octet-stream'],
  ['model.unknown', 'application/octet-stream'],
])('tells the type of %s, of a packed file that of what is inside', (path, type) => {
  expect(contentType(path)).toBe(type);
});
