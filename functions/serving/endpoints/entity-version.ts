/** `champion` of `@champion`; undefined for a version number. */
export const aliasOf = (entityVersion: string): string | undefined =>
  entityVersion.startsWith('@') ? entityVersion.slice(1) : undefined;
