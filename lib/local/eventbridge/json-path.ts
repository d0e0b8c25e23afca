type Step = string | number;

/**
 * Compiles the JSON paths of targets: `$`, names (`.name`, `['name']`) and indexes (`[0]`). Throws for
 * anything else. The value is undefined where the path leads nowhere.
 */
export function compilePath(path: string): (value: unknown) => unknown {
  const steps = parse(path);
  return (value) => steps.reduce(child, value);
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  const step = /\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]/y;
  if (!path.startsWith('$')) throw new Error(`${path} is no JSON path`);
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (!match) throw new Error(`JSON path ${path} is not supported: names and indexes only`);
    const [, name, quoted, index] = match;
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
  }
  return steps;
}

function child(value: unknown, step: Step): unknown {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  return Object.hasOwn(value, step) ? (value as Record<Step, unknown>)[step] : undefined;
}
