/**
 * Variables of this process that a container would not see and a program outside of one needs: to
 * find tools, and to reach a package index from where it runs.
 */
const INHERITED = /^(PATH|HOME|TMPDIR|PIP_\w+|UV_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|\w+_proxy)$/i;

/** What a container's program inherits when it runs as a child process. */
export function inheritedVariables(): Record<string, string> {
  const found = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
  return Object.fromEntries(found) as Record<string, string>;
}
