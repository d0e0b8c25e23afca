import { load } from 'js-yaml';
import type { ValidationPolicy } from '../../policies/index.ts';
import type { ModelVersion, RegisteredModel } from '../../registry/index.ts';
import { flavors } from '../../serving/index.ts';
import type { MlModel } from '../ml-model.ts';
import type { ModelFiles } from '../model-files-store.ts';
import { type CheckResult, type Outcome, runCheck } from '../validation.ts';

/** Files that document a model, whatever the case of their names. */
const DOCUMENTS = /^(readme|model[-_ ]?card)\.(md|txt|html)$/i;

/** A requirement as pip reads it: a name, extras, and what follows. PEP 508. */
const REQUIREMENT = /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?\s*(\[[^\]]*\])?\s*([@=<>!~;:+/(\d*].*)?$/;

export const passed = (message: string): Outcome => ({ status: 'PASSED', message });
export const failed = (message: string): Outcome => ({ status: 'FAILED', message });

export const present = (there: boolean, what: string): Outcome =>
  there ? passed(`has ${what}`) : failed(`lacks ${what}`);

/** Description, documentation, tags and compliance fields of a version and its model. */
export async function checkDocuments(
  version: ModelVersion,
  model: RegisteredModel | undefined,
  require: NonNullable<ValidationPolicy['require']>,
  openFiles: () => Promise<ModelFiles>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  if (require.description) {
    const there = Boolean(version.description?.trim());
    results.push(await runCheck('description', () => present(there, 'a description')));
  }
  if (require.documentation) {
    results.push(
      await runCheck('documentation', async () => documentation(model, await openFiles())),
    );
  }
  for (const tag of require.tags ?? []) {
    results.push(
      await runCheck(`tag:${tag}`, () => present(Boolean(version.tags[tag]), `the tag ${tag}`)),
    );
  }
  for (const [field, allowed] of Object.entries(require.compliance ?? {})) {
    const value = version.tags[field] ?? model?.tags[field];
    results.push(await runCheck(`compliance:${field}`, () => compliance(field, value, allowed)));
  }
  return results;
}

function documentation(model: RegisteredModel | undefined, files: ModelFiles): Outcome {
  if (model?.description?.trim()) return passed('the registered model has a description');
  const found = [...files.sizes].find(([path, size]) => size > 0 && DOCUMENTS.test(path));
  if (found) return passed(`the artefact has ${found[0]}`);
  return failed('neither a description of the registered model nor a README or model card');
}

function compliance(field: string, value: string | undefined, allowed: readonly string[]): Outcome {
  if (!value) return failed(`neither the version nor its model has the tag ${field}`);
  if (allowed.length === 0 || allowed.includes(value)) return passed(`${field} is ${value}`);
  return failed(`${field} is ${value}, not one of ${allowed.join(', ')}`);
}

/** Packages that a model says it needs; flavors that are scored in the function need none. */
export async function checkDependencies(model: MlModel, files: ModelFiles): Promise<Outcome> {
  const text = await files.read('requirements.txt');
  const declared = text
    ? requirements(text.toString('utf8'))
    : condaPackages((await files.read('conda.yaml'))?.toString('utf8'));
  if (declared) {
    const wrong = declared.find((line) => !REQUIREMENT.test(line) && !/^[-\w]+:|^-/.test(line));
    if (wrong !== undefined) return failed(`'${wrong}' is no requirement`);
    if (declared.length > 0) return passed(summary(declared));
  }
  const foreign = Object.keys(model.flavors).filter((flavor) => !flavors[flavor]);
  if (foreign.length === 0) return passed('its flavors need no packages');
  return failed(`names no packages, and ${foreign.join(', ')} needs some`);
}

function requirements(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** The packages of a conda environment, those of its `pip` part among them. */
function condaPackages(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const environment = load(text) as { dependencies?: unknown } | null;
  if (!Array.isArray(environment?.dependencies)) return undefined;
  return (environment.dependencies as unknown[]).flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    const pip = (entry as { pip?: unknown } | null)?.pip;
    return Array.isArray(pip) ? pip.map(String) : [];
  });
}

function summary(declared: readonly string[]): string {
  const loose = declared.filter((line) => !/[=@]/.test(line));
  const count = `${declared.length} ${declared.length === 1 ? 'package' : 'packages'}`;
  return loose.length === 0
    ? `names ${count}, each with its version`
    : `names ${count}; without a version: ${loose.join(', ')}`;
}
