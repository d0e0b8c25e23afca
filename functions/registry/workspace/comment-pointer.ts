import { key } from '../../shared/dynamo/index.ts';

/** Where the row is that says where a comment is: clients know its id only. */
export const commentPointer = (id: string) => ({ pk: key('COMMENT', id), sk: 'META' });
