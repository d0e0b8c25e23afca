import { notFound } from '../../shared/errors.ts';
import type { Delivery } from './delivery.ts';
import { findDelivery } from './history-store.ts';

export async function getDelivery(id: string): Promise<Delivery> {
  const found = await findDelivery(id);
  if (!found) throw notFound(`Delivery ${id} does not exist`);
  return found;
}
