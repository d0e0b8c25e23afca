import { getPipeline } from '../pipelines/index.ts';
import { policyFor } from '../policies/index.ts';
import { getEndpoint } from '../serving/index.ts';
import type { Declared, Interest } from './interest.ts';

/** The recipients that are declared now; none if the model, pipeline or endpoint is gone. */
export async function findDeclared(interest: Interest): Promise<Declared> {
  if ('named' in interest) return { recipients: interest.named };
  if ('model' in interest) {
    const notify = (await policyFor(interest.model))?.policy.notify;
    return { recipients: notify?.[interest.when], topic: notify?.topic_arn };
  }
  if ('pipeline' in interest) {
    const notifications = (await getPipeline(interest.pipeline))?.document.notifications;
    return { recipients: notifications?.[interest.when], topic: notifications?.topic_arn };
  }
  const settings = (await getEndpoint(interest.endpoint))?.settings;
  return { recipients: settings?.email_notifications?.[interest.when] };
}
