import { describe, expect, it } from 'vitest';
import { folders } from '../support/repository/declarations.ts';
import {
  codeOf,
  type Import,
  importsOf,
  importsOfText,
  read,
  sourceFiles,
} from '../support/repository/imports.ts';

const MAX_LINES = 400;

/** What a file exports by its declaration. */
const EXPORT =
  /^export (?:async )?(?:const|let|function\*?|(?:abstract )?class|type|interface) ([\w$]+)/gm;

const MAX_ENTRY_LINES = 40;

/** Folders below `functions/` that everybody may import and that know no domain. */
const HORIZONTAL = ['shared', 'events', 'mlflow', 'search'];

const DECLARATION =
  /^functions\/[^/]+\/(routes|table|env|events)\.ts$|^functions\/shared\/declare\.ts$/;

/** Files besides stores and entry points that are wiring: they may know the SDK and middy. */
const WIRING: Readonly<Record<string, string>> = {
  'functions/shared/dynamo/': 'the helpers that stores are made of',
  'functions/shared/http/': 'the middleware of every HTTP entry point',
  'functions/shared/metering.ts': 'a middleware and the SDK hook that counts capacity units',
  'functions/events/consume.ts': 'the middleware of every consumer',
  'functions/events/tasks.ts': 'the middleware of every task function',
};

/** What one domain may import of another besides `index.ts`. */
const DOORS: readonly { target: RegExp; reason: string }[] = [
  { target: DECLARATION, reason: 'declarations are plain data: consumers subscribe by definition' },
  {
    target: /^functions\/serving\/scorers\//,
    reason: 'pure: validation and promotion score with the code that serves',
  },
  {
    target: /^functions\/monitoring\/drift\/summary\.ts$/,
    reason: 'pure: baseline and window must be summed up by the same code',
  },
];

/** The one file of a horizontal folder that knows the domains: it lists their declarations. */
const CATALOGUE = 'functions/events/catalogue.ts';

/** What `lib/` may import of `functions/` besides declarations. */
const LIB_DOORS: readonly { from: RegExp; target: RegExp; reason: string }[] = [
  {
    from: /^lib\/build\/pages\/events-page\.ts$/,
    target: /^functions\/events\/(catalogue|define|schema-(files|breaks))\.ts$/,
    reason: 'declarations of all domains, and their schemas as text',
  },
  {
    from: /^lib\/build\/pages\/document-schemas\.ts$/,
    target: /^functions\/(pipelines\/pipeline|policies\/policy)\.ts$/,
    reason: 'the shapes of documents that users write, as pages',
  },
  {
    from: /^lib\/(training|demo)\//,
    target:
      /^functions\/(serving\/scorers\/|monitoring\/drift\/summary\.ts$|shared\/(chunks|csv|duration|price-list)\.ts$)/,
    reason:
      'programs, not constructs: a trainer reads, predicts and sums up with the code that serves',
  },
  {
    from: /^lib\/local\//,
    target: /^functions\/shared\/(event-pattern|schedule)\//,
    reason: 'pure: what a definition may say is what the host understands',
  },
  {
    from: /^lib\/local\/sns\//,
    target: /^functions\/shared\/http\/guarded-request\.ts$/,
    reason: 'subscribers are addresses that users name: what guards webhooks guards them',
  },
];

const functionFiles = sourceFiles('functions');
const libFiles = sourceFiles('lib');
const domainOf = (path: string) => /^functions\/([^/]+)\//.exec(path)?.[1];
const isSdk = ({ target }: Import) =>
  target.startsWith('@aws-sdk/') || target.startsWith('@middy/');
const shown = (imports: readonly Import[]) => imports.map((i) => `${i.file} -> ${i.target}`);

function mayKnowSdk(file: string): boolean {
  if (/(-store|\.lambda)\.ts$/.test(file)) return true;
  return Object.keys(WIRING).some((prefix) => file.startsWith(prefix));
}

describe('the import scanner', () => {
  it('sees static, type, re-exporting, side-effect and dynamic imports, and no comments', () => {
    const text = [
      "import a, { b } from './a.ts';",
      "import type { C } from '../registry/c.ts';",
      "export * from './d.ts';",
      "import './e.ts';",
      "const f = await import('@aws-sdk/client-s3');",
      "// import './g.ts';",
    ].join('\n');
    expect(importsOfText('functions/serving/x.ts', text).map((found) => found.target)).toEqual([
      'functions/serving/a.ts',
      'functions/registry/c.ts',
      'functions/serving/d.ts',
      'functions/serving/e.ts',
      '@aws-sdk/client-s3',
    ]);
  });
});

describe('functions/', () => {
  it('holds domains and the horizontal folders', () => {
    expect(folders()).toEqual(expect.arrayContaining(['events', 'registry', 'serving', 'shared']));
    expect(functionFiles.length).toBeGreaterThan(50);
  });

  it('keeps the SDK and middy out of operations and rules', () => {
    const found = functionFiles.filter((file) => !mayKnowSdk(file)).flatMap(importsOf);
    expect(shown(found.filter(isSdk))).toEqual([]);
  });

  it('enters a domain through its index.ts only', () => {
    const found = functionFiles.flatMap(importsOf).filter(({ file, target }) => {
      const domain = domainOf(target);
      if (!domain || domain === domainOf(file) || HORIZONTAL.includes(domain)) return false;
      if (target === `functions/${domain}/index.ts`) return false;
      return !DOORS.some((door) => door.target.test(target));
    });
    expect(shown(found)).toEqual([]);
  });

  it('keeps domains out of the horizontal folders', () => {
    const found = functionFiles
      .filter((file) => HORIZONTAL.includes(domainOf(file) ?? ''))
      .flatMap(importsOf)
      .filter(({ file, target }) => {
        if (file === CATALOGUE && DECLARATION.test(target)) return false;
        const domain = domainOf(target);
        return domain !== undefined && !HORIZONTAL.includes(domain);
      });
    expect(shown(found)).toEqual([]);
  });

  it('keeps the wire format and the filter language free of storage', () => {
    const found = functionFiles
      .filter((file) => /^functions\/(mlflow|search)\//.test(file))
      .flatMap(importsOf)
      .filter((found) => found.target.startsWith('@aws-sdk/') || /\/dynamo\//.test(found.target));
    expect(shown(found)).toEqual([]);
  });

  it('imports nothing from lib/ or test/', () => {
    const found = functionFiles.flatMap(importsOf);
    expect(shown(found.filter(({ target }) => /^(lib|test)\//.test(target)))).toEqual([]);
  });

  it(`keeps every entry point under ${MAX_ENTRY_LINES} lines`, () => {
    const entries = functionFiles.filter((file) => file.endsWith('.lambda.ts'));
    expect(entries.filter((file) => lines(file) > MAX_ENTRY_LINES)).toEqual([]);
  });
});

describe('lib/', () => {
  it('imports only declarations from functions/', () => {
    const found = libFiles.flatMap(importsOf).filter(({ file, target }) => {
      if (!target.startsWith('functions/') || DECLARATION.test(target)) return false;
      return !LIB_DOORS.some((door) => door.from.test(file) && door.target.test(target));
    });
    expect(shown(found)).toEqual([]);
  });

  it('imports nothing from test/', () => {
    const found = libFiles.flatMap(importsOf);
    expect(shown(found.filter(({ target }) => target.startsWith('test/')))).toEqual([]);
  });
});

describe('the code', () => {
  const files = [...functionFiles, ...libFiles, ...sourceFiles('test')];
  const product = [...functionFiles, ...libFiles];
  /** Looked for in code, not in comments. */
  const offending = (of: readonly string[], pattern: RegExp) =>
    of.filter((file) => pattern.test(codeOf(read(file))));

  it('scans no table', () => {
    const outsideHost = product.filter((file) => !file.startsWith('lib/local/'));
    expect(offending(outsideHost, /\b(paginate)?Scan(Command\w*)?\b|dynamodb:Scan/)).toEqual([]);
  });

  it(`has no file over ${MAX_LINES} lines`, () => {
    expect(files.filter((file) => lines(file) > MAX_LINES)).toEqual([]);
  });

  it('has no default export', () => {
    expect(offending(files, /^\s*export default\b|\bas default\b/m)).toEqual([]);
  });

  it('exports nothing that no other file names', () => {
    const count = new Map<string, number>();
    for (const file of [...files, 'lib/local/cli/main.mjs']) {
      const names = new Set(codeOf(read(file)).match(/[\w$]+/g));
      for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
    }
    const unused = files
      // What stands in for modules of the SDK has their exports.
      .filter((file) => !file.startsWith('lib/build/small-bundles/'))
      .flatMap((file) =>
        [...codeOf(read(file)).matchAll(EXPORT)]
          .map(([, name = '']) => name)
          .filter((name) => count.get(name) === 1)
          .map((name) => `${file}: ${name}`),
      );
    expect(unused).toEqual([]);
  });

  it('never says any', () => {
    expect(offending(product, /[:<|&,(]\s*any\s*[;,)>|&=[\]{]|\bas any\b/)).toEqual([]);
  });
});

function lines(file: string): number {
  return read(file).trimEnd().split('\n').length;
}
