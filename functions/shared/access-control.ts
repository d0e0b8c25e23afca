import type { Actor } from './actor.ts';
import { invalid } from './errors.ts';

/** What one user, group or service principal may do with a thing, in Databricks' form. */
export interface AccessControl<Level extends string> {
  readonly user_name?: string | undefined;
  readonly group_name?: string | undefined;
  readonly service_principal_name?: string | undefined;
  readonly permission_level: Level;
}

const MAX_ENTRIES = 200;

/** The highest level that a list gives to somebody; `levels`: from the lowest. */
export function highestGiven<Level extends string>(
  list: readonly AccessControl<Level>[],
  actor: Actor,
  levels: readonly Level[],
): Level | undefined {
  const given = list
    .filter(
      (entry) =>
        entry.user_name === actor.user ||
        entry.service_principal_name === actor.user ||
        (entry.group_name !== undefined && actor.groups.includes(entry.group_name)),
    )
    .map((entry) => levels.indexOf(entry.permission_level));
  return levels[Math.max(-1, ...given)];
}

/** Of a write that replaces the list `acl` of a row: it is still the one that was read. */
export const sameAccess = (read: readonly AccessControl<string>[] | undefined) =>
  read
    ? { condition: 'acl = :aclRead', values: { ':aclRead': read } }
    : { condition: 'attribute_not_exists(acl)', values: {} };

const identity = ({ user_name, group_name, service_principal_name }: AccessControl<string>) =>
  JSON.stringify([user_name ?? null, group_name ?? null, service_principal_name ?? null]);

/**
 * A list with entries added, each in the place of an older one about the same. Throws
 * INVALID_PARAMETER_VALUE for an entry that names nobody or several, and for a list that is too long.
 */
export function mergeAccess<Level extends string>(
  kept: readonly AccessControl<Level>[],
  given: readonly AccessControl<Level>[],
): AccessControl<Level>[] {
  for (const { user_name, group_name, service_principal_name } of given) {
    if ([user_name, group_name, service_principal_name].filter(Boolean).length !== 1) {
      throw invalid('An entry names just one of user_name, group_name and service_principal_name');
    }
  }
  const merged = [...new Map([...kept, ...given].map((one) => [identity(one), one])).values()];
  if (merged.length > MAX_ENTRIES) {
    throw invalid(`A list of permissions has at most ${MAX_ENTRIES} entries`);
  }
  return merged;
}

/** As Databricks answers it, with what admins and, where it is given, the maker have always. */
export const toWireAccess = <Level extends string>(
  list: readonly AccessControl<Level>[],
  creator?: string,
) =>
  [
    ...list.map((entry) => ({ entry, inherited: false })),
    ...[...(creator === undefined ? [] : [{ user_name: creator }]), { group_name: 'admins' }].map(
      (who) => ({ entry: { ...who, permission_level: 'CAN_MANAGE' }, inherited: true }),
    ),
  ].map(({ entry: { permission_level, ...who }, inherited }) => ({
    ...who,
    all_permissions: [{ permission_level, inherited }],
  }));

/** Whom each entry names and what it gives, as events say it. */
export const accessFacts = (list: readonly AccessControl<string>[]) =>
  list.map((entry) => ({
    who: entry.user_name ?? entry.group_name ?? entry.service_principal_name ?? '',
    level: entry.permission_level,
  }));
