import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerApproval } from '../../../functions/approvals/answer-approval.ts';
import { approvals } from '../../../functions/approvals/get-approval.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
}, 30_000);
afterAll(() => loop.stop());

const context = aContext();

describe('approval', () => {
  const gated = (approval: PolicyDocument['approval']): PolicyDocument => ({
    ...automatic,
    approval,
  });
  const lead = aContext({ actor: { user: 'ben', groups: ['ml-leads'] } });

  async function pending(model: string) {
    const found = (await approvals({ status: 'PENDING' })).approvals;
    return found.find((approval) => approval.model === model)!;
  }

  const asked = (model: string) => async () => (await pending(model)) !== undefined;

  it('lets the promotion wait for the people whom the policy names', async () => {
    await aModel('gated', gated({ required: true, approvers: ['group:ml-leads'] }), context);
    await trainTiny(loop, 'gated', 'x', context);
    await loop.settle({ until: asked('gated') });
    const request = await pending('gated');
    expect(await champion('gated')).toBeUndefined();
    expect(request).not.toHaveProperty('token');

    const answer = { id: request.id, decision: 'approve' as const, comment: 'fine' };
    const stranger = aContext({ actor: { user: 'eve', groups: ['users'] } });
    await expect(answerApproval(answer, stranger)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await answerApproval(answer, lead);
    await loop.settle({ delivery: (rows) => [...rows, ...rows] });

    expect(await champion('gated')).toBe('1');
    const [granted] = await eventsOf('gated', 'ApprovalGranted');
    expect(granted?.text).toBe('version 1 of gated approved by ben on 2026-11-21');
  });

  it('promotes nothing after a denial', async () => {
    await aModel('denied', gated({ required: true, quorum: 2 }), context);
    await trainTiny(loop, 'denied', 'x', context);
    await loop.settle({ until: asked('denied') });
    const { id } = await pending('denied');
    await answerApproval({ id, decision: 'approve', comment: '' }, lead);
    await answerApproval(
      { id, decision: 'deny', comment: 'not yet' },
      aContext({ actor: { user: 'cleo', groups: [] } }),
    );
    await loop.settle();

    expect(await champion('denied')).toBeUndefined();
    expect((await promotionsOf('denied', {})).promotions).toMatchObject([
      { verdict: 'rejected', text: expect.stringContaining('the approval was denied') },
    ]);
  });

  it('is not given by who registered the version, nor twice by one person', async () => {
    await aModel('self', gated({ required: true, quorum: 2 }), context);
    await trainTiny(loop, 'self', 'x', context);
    await loop.settle({ until: asked('self') });
    const answer = {
      id: (await pending('self')).id,
      decision: 'approve' as const,
      comment: '',
    };

    await expect(answerApproval(answer, context)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect((await answerApproval(answer, lead)).status).toBe('PENDING');
    await expect(answerApproval(answer, lead)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
    const other = aContext({ actor: { user: 'cleo', groups: [] } });
    expect((await answerApproval(answer, other)).status).toBe('APPROVED');
    await loop.settle();
    expect(await champion('self')).toBe('1');
  });

  it('expires after the time that the policy gives', async () => {
    await aModel('expiring', gated({ required: true, expires_in: 'PT1S' }), context);
    await trainTiny(loop, 'expiring', 'x', context);
    await loop.settle();

    expect((await promotionsOf('expiring', {})).promotions).toMatchObject([
      { verdict: 'rejected', text: expect.stringContaining('expired') },
    ]);
    expect(await eventsOf('expiring', 'ApprovalExpired')).toHaveLength(1);
  });
});
