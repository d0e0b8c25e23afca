import type { Capacities } from '../../applicationautoscaling/scaler.ts';
import type { Endpoints } from './endpoints.ts';

const RESOURCE = /^endpoint\/([^/]+)\/variant\/([^/]+)$/;

/** The instances of variants, as Application Auto Scaling names and changes them. */
export function variantCapacities(endpoints: Pick<Endpoints, 'capacity' | 'reweight'>): Capacities {
  const parts = (resourceId: string) => {
    const [, endpoint = '', variant = ''] = RESOURCE.exec(resourceId) ?? [];
    return { endpoint, variant };
  };
  return {
    count: (resourceId) => {
      const { endpoint, variant } = parts(resourceId);
      return endpoints.capacity(endpoint, variant);
    },
    set: (resourceId, DesiredInstanceCount) => {
      const { endpoint: EndpointName, variant: VariantName } = parts(resourceId);
      endpoints.reweight({
        EndpointName,
        DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount }],
      });
    },
  };
}
