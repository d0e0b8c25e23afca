import { isLonger } from '../../mlflow/index.ts';
import { invalid } from '../../shared/errors.ts';

const MAX_LENGTH = 255;

/** Whether the alias always names the newest version. */
export const isLatest = (alias: string): boolean => alias.toLowerCase() === 'latest';

/** Rules of MLflow's `_validate_model_alias_name`: of every alias that is asked for. */
export function checkAliasName(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.');
  if (!/^[\p{L}\p{N}_-]*\n?$/u.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (isLonger(alias, MAX_LENGTH)) {
    throw invalid(
      `'Registered model alias name' exceeds the maximum length of ${MAX_LENGTH} characters`,
    );
  }
}

/** As well as those of `_validate_model_alias_name_reserved`: of an alias that is set. */
export function checkAlias(alias: string): void {
  checkAliasName(alias);
  if (isLatest(alias)) {
    throw invalid("'latest' alias name (case insensitive) is reserved.");
  }
  if (/^[vV]\p{Nd}+\n?$/u.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
}
