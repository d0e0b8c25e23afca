/** What a metric was in the life of this host. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  min: number;
  max: number;
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics?: readonly { readonly Name: string }[];
}

/** What a function wrote that was not looked at yet. */
interface Unread {
  readonly text: string;
  readonly insideLine: boolean;
}

/** Characters that are read together: a line at a time, each costs several times as much. */
const READ_FROM = 64 * 1024;

/**
 * The CloudWatch metrics that functions write into their logs, as CloudWatch takes them out of
 * them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmbeddedMetrics {
  private readonly series = new Map<string, Map<string, Series>>();
  private readonly unread = new Map<string, Unread>();

  /** Takes what a function wrote; lines may come in pieces. */
  take(functionName: string, text: string): void {
    const before = this.unread.get(functionName);
    if (!before?.insideLine && !text.includes('"_aws"')) return;
    const all = (before?.text ?? '') + text;
    if (all.length < READ_FROM) {
      this.unread.set(functionName, { text: all, insideLine: !text.endsWith('\n') });
    } else this.read(functionName, all);
  }

  /** https://prometheus.io/docs/instrumenting/exposition_formats/ */
  toPrometheus(): string {
    for (const [functionName, { text }] of this.unread) this.read(functionName, text);
    const lines: string[] = [];
    for (const [name, labelled] of [...this.series].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const part of ['count', 'sum', 'min', 'max'] as const) {
        lines.push(
          `# TYPE ${name}_${part} ${part === 'count' || part === 'sum' ? 'counter' : 'gauge'}`,
        );
        for (const one of labelled.values()) {
          lines.push(`${name}_${part}${labelText(one.labels)} ${one[part]}`);
        }
      }
    }
    return `${lines.join('\n')}\n`;
  }

  private read(functionName: string, text: string): void {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    // Only what may yet become a metric is worth keeping.
    if (rest.startsWith('{')) this.unread.set(functionName, { text: rest, insideLine: true });
    else this.unread.delete(functionName);
    for (const line of lines) if (line.includes('"_aws"')) this.takeLine(line);
  }

  private takeLine(line: string): void {
    const document = parse(line);
    for (const directive of document?._aws?.CloudWatchMetrics ?? []) {
      for (const dimensions of directive.Dimensions ?? [[]]) {
        const labels = Object.fromEntries(
          dimensions.map((name) => [name, String(document?.[name] ?? '')]),
        );
        for (const { Name } of directive.Metrics ?? []) {
          const value = document?.[Name];
          for (const number of Array.isArray(value) ? value : [value]) {
            if (typeof number === 'number') this.add(directive.Namespace, Name, labels, number);
          }
        }
      }
    }
  }

  private add(
    namespace: string,
    metric: string,
    labels: Readonly<Record<string, string>>,
    value: number,
  ): void {
    const name = `${snakeCase(namespace)}_${snakeCase(metric)}`;
    const labelled = this.series.get(name) ?? new Map<string, Series>();
    this.series.set(name, labelled);
    const id = labelText(labels);
    const known = labelled.get(id);
    if (!known) labelled.set(id, { labels, count: 1, sum: value, min: value, max: value });
    else {
      known.count += 1;
      known.sum += value;
      known.min = Math.min(known.min, value);
      known.max = Math.max(known.max, value);
    }
  }
}

interface Document {
  readonly _aws?: { readonly CloudWatchMetrics?: readonly Directive[] };
  readonly [name: string]: unknown;
}

/** A line that is no JSON after all belongs to the log alone. */
function parse(line: string): Document | undefined {
  try {
    return JSON.parse(line) as Document;
  } catch {
    return undefined;
  }
}

/** The few names that functions use, over and over. */
const snakeCased = new Map<string, string>();
const MAX_NAMES = 1000;

function snakeCase(name: string): string {
  const known = snakeCased.get(name);
  if (known !== undefined) return known;
  const result = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  if (snakeCased.size < MAX_NAMES) snakeCased.set(name, result);
  return result;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${snakeCase(name)}="${value.replaceAll(/["\\\n]/g, '_')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}
