/**
 * Names in their order, from the one after `last` once around. `after` finds the name behind another, or the
 * first of all; so a walk costs what is taken of it, however many names there are.
 */
export function* inTurn(
  after: (name: string | undefined) => string | undefined,
  last: string | undefined,
): Generator<string> {
  if (last !== undefined) {
    for (let name = after(last); name !== undefined; name = after(name)) yield name;
  }
  for (let name = after(undefined); name !== undefined; name = after(name)) {
    if (last !== undefined && name > last) return;
    yield name;
  }
}
