import { getModelVersion } from '../registry/index.ts';
import { notFound } from '../shared/errors.ts';
import type { Validation } from './validation.ts';
import { validationOf } from './validation-store.ts';

/** The verdict on a version with every check. RESOURCE_DOES_NOT_EXIST before there is one. */
export async function getValidation(
  model: string,
  version: string,
): Promise<Omit<Validation, 'registered_at' | 'rules'>> {
  const registered = await getModelVersion(model, version);
  if (!registered) throw notFound(`Model Version (name=${model}, version=${version}) not found`);
  const found = await validationOf(registered);
  if (!found) throw notFound(`Version ${version} of model '${model}' was not validated`);
  const { registered_at: _at, rules: _rules, ...shown } = withoutKeys(found);
  return shown;
}

function withoutKeys(row: Validation & { pk?: string; sk?: string }): Validation {
  const { pk: _pk, sk: _sk, ...validation } = row;
  return validation;
}
