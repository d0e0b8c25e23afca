import mime from 'mime';

/** Files that a browser may show as text, by extension or whole name; MLflow's list. */
const TEXT =
  /^(?:txt|log|err|cfg|conf|cnf|cf|ini|properties|prop|hocon|toml|ya?ml|xml|json|js|py3?|csv|tsv|md|rst|MLmodel|MLproject|mlproject)$/;

/** Content type of a file, guessed from its name. */
export function contentType(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const extension = name.slice(name.lastIndexOf('.') + 1);
  if (TEXT.test(extension)) return 'text/plain';
  return mime.getType(name) ?? 'application/octet-stream';
}
