import { invalid } from '../shared/errors.ts';

const MAX_LENGTH = 255;

/** Rules of MLflow's `_validate_model_alias_name`. */
export function checkAlias(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.');
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (alias.length > MAX_LENGTH) {
    throw invalid(
      `'Registered model alias name' exceeds the maximum length of ${MAX_LENGTH} characters`,
    );
  }
  if (alias.toLowerCase() === 'latest') {
    throw invalid("'latest' alias name (case insensitive) is reserved.");
  }
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
}
