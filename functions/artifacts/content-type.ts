import mime from 'mime';

/** Files that a browser may show as text, by extension or whole name; MLflow's list. */
const TEXT =
  /^(?:txt|log|err|cfg|conf|cnf|cf|ini|properties|prop|hocon|toml|ya?ml|xml|json|js|py3?|csv|tsv|md|rst|MLmodel|MLproject|mlproject)$/;

/** Endings of packed files, of which Python tells what is inside, and short forms of those of archives. */
const PACKED = /\.(?:gz|Z|bz2|xz|br)$/;
const ARCHIVE = /\.(?:tgz|taz|tz|tbz2|txz)$/;

/** Content type of a file, guessed from its name as by Python's `mimetypes`. */
export function contentType(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const extension = name.slice(name.lastIndexOf('.') + 1);
  if (TEXT.test(extension)) return 'text/plain';
  const inside = name.replace(ARCHIVE, '.tar').replace(PACKED, '');
  // `mime` takes a name without an ending for one.
  const type = inside.includes('.') ? mime.getType(inside) : null;
  return type ?? 'application/octet-stream';
}
