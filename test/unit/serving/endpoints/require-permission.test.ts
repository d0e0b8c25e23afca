import { describe, expect, it } from 'vitest';
import {
  permissionOf,
  requirePermission,
} from '../../../../functions/serving/endpoints/require-permission.ts';

const user = (name: string, ...groups: string[]) => ({ user: name, groups });
const open = { creator: 'ana' };
const guarded = {
  creator: 'ana',
  accessControl: [
    { user_name: 'ben', permission_level: 'CAN_VIEW' as const },
    { group_name: 'ops', permission_level: 'CAN_QUERY' as const },
    { service_principal_name: 'robot', permission_level: 'CAN_MANAGE' as const },
  ],
};

describe('permissionOf', () => {
  it.each([
    ['the creator manages', open, user('ana'), 'CAN_MANAGE'],
    ['admins manage', guarded, user('eve', 'admins'), 'CAN_MANAGE'],
    ['users query while nobody was given anything', open, user('ben', 'users'), 'CAN_QUERY'],
    ['strangers do nothing', open, user('eve'), undefined],
    ['users lose it when somebody was given something', guarded, user('eve', 'users'), undefined],
    ['a user has what was given', guarded, user('ben', 'users'), 'CAN_VIEW'],
    ['the highest counts', guarded, user('ben', 'ops'), 'CAN_QUERY'],
    ['a service principal is known by its name', guarded, user('robot'), 'CAN_MANAGE'],
  ] as const)('%s', (_what, endpoint, actor, level) => {
    expect(permissionOf(endpoint, actor)).toBe(level);
  });
});

describe('requirePermission', () => {
  it('says who lacks what', () => {
    expect(() => requirePermission('e', guarded, user('ben'), 'CAN_QUERY')).toThrow(
      "ben needs CAN_QUERY on endpoint 'e' and has CAN_VIEW",
    );
    expect(() => requirePermission('e', guarded, user('ben', 'ops'), 'CAN_QUERY')).not.toThrow();
  });
});
