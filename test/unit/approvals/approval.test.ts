import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerApproval, expireApproval } from '../../../functions/approvals/answer-approval.ts';
import { answerByLink, showLink } from '../../../functions/approvals/answer-by-link.ts';
import { createLink } from '../../../functions/approvals/create-link.ts';
import { approvals, getApproval } from '../../../functions/approvals/get-approval.ts';
import { requestApproval } from '../../../functions/approvals/request-approval.ts';
import type { PolicyDocument } from '../../../functions/policies/policy.ts';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { getModelVersion } from '../../../functions/registry/index.ts';
import { ANONYMOUS } from '../../../functions/shared/actor.ts';
import type { HttpRequest } from '../../../functions/shared/http/api.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
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

  it('asks others, too, when nobody decided; their answer counts, and the version says whose', async () => {
    const escalation = { after: 'PT1S', to: ['group:heads'] };
    const approvers = ['user:nobody'];
    await aModel('escalated', gated({ required: true, approvers, escalation }), context);
    await trainTiny(loop, 'escalated', 'x', context);
    const escalated = async () => Boolean((await pending('escalated'))?.escalated);
    await loop.settle({ until: escalated });
    const head = aContext({ actor: { user: 'ida', groups: ['heads'] } });
    const { id } = await pending('escalated');
    await answerApproval({ id, decision: 'approve', comment: 'I take it' }, head);
    await loop.settle();

    expect(await champion('escalated')).toBe('1');
    expect(await eventsOf('escalated', 'ApprovalEscalated')).toMatchObject([
      { data: { to: ['group:heads'], approval_id: id } },
    ]);
    const version = (await getModelVersion('escalated', '1'))!;
    expect(version.tags.model_approval).toBe('approved by ida on 2026-11-21');
  });

  it('refuses an answer without a comment where the policy asks for one', async () => {
    await aModel('commented', gated({ required: true, comment_required: true }), context);
    await trainTiny(loop, 'commented', 'x', context);
    await loop.settle({ until: asked('commented') });
    const { id } = await pending('commented');
    const answer = { id, decision: 'approve' as const };
    await expect(answerApproval({ ...answer, comment: ' ' }, lead)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
    expect((await answerApproval({ ...answer, comment: 'why not' }, lead)).status).toBe('APPROVED');
  });

  const requestOf = (id: string, expiresAt: number) => ({
    id,
    kind: 'promotion' as const,
    model: 'raced',
    version: '1',
    champion: null,
    requested_by: 'ana',
    approvers: [],
    quorum: 1,
    self_approval: false,
    evidence: '',
    token: 't',
    expires_at: new Date(expiresAt).toISOString(),
  });

  it('is refused from the time on at which the request expires, which nobody has noticed yet', async () => {
    const id = 'late';
    const end = context.clock() + 60_000;
    await requestApproval(requestOf(id, end), context);
    const answer = { id, decision: 'approve', comment: '' } as const;
    const late = aContext({ actor: lead.actor, clock: () => end });
    await expect(answerApproval(answer, late)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: `The request expired at ${new Date(end).toISOString()}`,
    });
    expect((await getApproval(id)).status).toBe('PENDING');
    const inTime = aContext({ actor: lead.actor, clock: () => end - 1 });
    expect((await answerApproval(answer, inTime)).status).toBe('APPROVED');
  });

  it('is one thing or the other when it expires and is given at the same moment', async () => {
    const granted = (await eventsOf('raced', 'ApprovalGranted')).length;
    for (let round = 0; round < 5; round++) {
      const id = `race-${round}`;
      await requestApproval(requestOf(id, context.clock() + 60_000), context);
      const [given, expired] = await Promise.allSettled([
        answerApproval({ id, decision: 'approve', comment: '' }, lead),
        expireApproval(id, context),
      ]);
      const { status } = await getApproval(id);
      expect(expired).toMatchObject({ status: 'fulfilled', value: status });
      expect(given.status).toBe(status === 'APPROVED' ? 'fulfilled' : 'rejected');
    }
    const announced = [
      ...(await eventsOf('raced', 'ApprovalGranted')),
      ...(await eventsOf('raced', 'ApprovalExpired')),
    ];
    expect(announced).toHaveLength(granted + 5);
  });

  describe('by link', () => {
    const query = (path: string) => ({
      token: new URL(path, 'http://h').searchParams.get('token')!,
    });
    const request = (id: string, path: string, body: string, type: string) =>
      ({
        params: { id },
        query: query(path),
        headers: { 'content-type': type },
        body: Buffer.from(body),
      }) as unknown as HttpRequest;
    const form = 'application/x-www-form-urlencoded';
    const anonymous = aContext({ actor: ANONYMOUS });

    async function waiting(model: string, approval: Partial<PolicyDocument['approval']> = {}) {
      await aModel(model, gated({ required: true, ...approval }), context);
      await trainTiny(loop, model, 'x', context);
      await loop.settle({ until: asked(model) });
      return (await pending(model)).id;
    }

    it('shows a page that decides nothing, takes one answer, and no second one', async () => {
      const id = await waiting('linked', { approvers: ['group:ml-leads'], quorum: 2 });
      const { path, user } = await createLink(id, { groups: [] }, lead);
      expect(user).toBe('ben');
      const page = await showLink(request(id, path, '', form), anonymous);
      expect(page.body).toContain('Version 1 of linked');
      // A form of a page without a referrer comes with `Origin: null`, which a host refuses.
      expect(page.headers?.['referrer-policy']).toBe('same-origin');
      expect((await getApproval(id)).votes).toEqual([]);

      const answer = request(id, path, 'decision=approve&comment=%3Cb%3E', form);
      const twice = await Promise.allSettled([
        answerByLink(answer, anonymous),
        answerByLink(answer, anonymous),
      ]);
      expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(answerByLink(answer, anonymous)).rejects.toThrow(/used already/);
      expect((await getApproval(id)).votes).toMatchObject([
        { user: 'ben', decision: 'approve', comment: '<b>' },
      ]);
    });

    it('is made by an admin for somebody else, whose name and groups it carries', async () => {
      const id = await waiting('vouched', { approvers: ['group:ml-leads'] });
      const admin = aContext({ actor: { user: 'root', groups: ['admins'] } });
      const forBen = { user: 'ben', groups: ['ml-leads'] };
      await expect(
        createLink(id, forBen, aContext({ actor: { user: 'eve', groups: [] } })),
      ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      const { path } = await createLink(id, forBen, admin);
      const deny = JSON.stringify({ decision: 'deny', comment: 'no' });
      await answerByLink(request(id, path, deny, 'application/json'), anonymous);
      await loop.settle({
        until: async () => (await promotionsOf('vouched', {})).promotions[0]?.status === 'DECIDED',
      });
      expect(await champion('vouched')).toBeUndefined();
      expect((await getApproval(id)).votes).toMatchObject([{ user: 'ben', decision: 'deny' }]);
    });

    it.each([
      ['promotion', undefined, 'May it become champion instead of version 1?'],
      [
        'rollout',
        'late-flights',
        'May version 2 take all requests of endpoint late-flights, instead of version 1?',
      ],
    ] as const)('asks about a %s what is asked', async (kind, endpoint, question) => {
      const id = `page-of-${kind}`;
      const asked = {
        id,
        kind,
        model: 'asked',
        version: '2',
        champion: '1',
        requested_by: 'ana',
        approvers: [],
        quorum: 1,
        self_approval: false,
        evidence: 'close',
        token: 't',
        ...(endpoint && { endpoint }),
        expires_at: new Date(context.clock() + 60_000).toISOString(),
      };
      await requestApproval(asked, context);
      const { path } = await createLink(id, { groups: [] }, lead);
      const page = await showLink(request(id, path, '', form), anonymous);
      expect(page.body).toContain(`<p>${question} Requested by ana;`);
      const done = await answerByLink(request(id, path, 'decision=approve', form), anonymous);
      expect(done).toMatchObject({ body: expect.stringContaining(`The ${kind} was approved by`) });
      const [granted] = await eventsOf('asked', 'ApprovalGranted').then((all) => all.slice(-1));
      expect(granted?.data).toMatchObject({ kind, ...(endpoint && { endpoint }) });
      const what = endpoint
        ? 'rollout of version 2 of asked on endpoint late-flights'
        : 'version 2 of asked';
      expect(granted?.text).toBe(`${what} approved by ben on 2026-11-21`);
    });

    it('is refused when it was changed, is of another request, or has ended', async () => {
      const id = await waiting('ended');
      const { path } = await createLink(id, { groups: [], expires_in: 'PT1M' }, lead);
      const show = (text: string, at = anonymous) => showLink(request(id, text, '', form), at);
      await show(path);
      const last = path.at(-1)!;
      await expect(show(path.slice(0, -2) + (last === 'A' ? 'BB' : 'AA'))).rejects.toThrow(
        /no such/,
      );
      await expect(show(path.replace('token=', 'token=0'))).rejects.toThrow(/no such/);
      await expect(showLink(request('another', path, '', form), anonymous)).rejects.toThrow(
        /no such/,
      );
      const later = aContext({ actor: ANONYMOUS, clock: () => context.clock() + 61_000 });
      await expect(show(path, later)).rejects.toThrow(/expired/);
    });
  });
});
