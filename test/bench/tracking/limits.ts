/** What a shape may take of Slipway: CPU milliseconds of a request, and where it is promised more. */
interface Limits {
  readonly cpuMsPerRequest?: number;
  readonly p99?: number;
  readonly writeUnits?: number;
  readonly rssMb?: number;
}

/** How many times the CPU of Slipway each peer takes at least. */
interface Lead {
  readonly mlflow?: number;
  readonly fasttrackml?: number;
}

interface Promised extends Limits {
  readonly lead?: Lead;
}

const LEAD: Lead = { mlflow: 5 };
const LEAD_OF_BOTH: Lead = { mlflow: 5, fasttrackml: 1 };
const LEAD_OF_HISTORIES: Lead = { mlflow: 2, fasttrackml: 1 };

const searches = (size: string, filterMs: number): Record<string, Promised> => ({
  [`Newest 100 of ${size}`]: { cpuMsPerRequest: 10, lead: LEAD_OF_BOTH },
  [`Filter and order, 20 of ${size}`]: { cpuMsPerRequest: filterMs, p99: 300, lead: LEAD_OF_BOTH },
});

const pages = (size: string): Record<string, Promised> => ({
  [`SearchRuns 1,000 of ${size}`]: { cpuMsPerRequest: 40, lead: LEAD_OF_BOTH },
  [`Page 50 of 100 of ${size}`]: { cpuMsPerRequest: 10, lead: LEAD_OF_BOTH },
});

/** By the name of the shape; the others are measured beside the peers and promise nothing. */
export const PROMISED: Readonly<Record<string, Promised>> = {
  idle: { rssMb: 200 },
  CreateRun: { cpuMsPerRequest: 2.2, lead: LEAD },
  LogMetric: { cpuMsPerRequest: 1.6, writeUnits: 2, lead: LEAD },
  'LogMetricBatch 10 keys x 4 steps': { cpuMsPerRequest: 2.1, lead: LEAD },
  'LogMetricBatch 100 keys x 4 steps': { cpuMsPerRequest: 4, lead: LEAD_OF_BOTH },
  // A thousand points, 0.03 write units each.
  'LogMetricBatch 500 keys x 2 steps': { cpuMsPerRequest: 8, writeUnits: 30, lead: LEAD_OF_BOTH },
  'LogParamBatch 10': { cpuMsPerRequest: 2.2, lead: LEAD },
  'LogParamBatch 100': { cpuMsPerRequest: 4.4, lead: LEAD_OF_BOTH },
  GetRun: { cpuMsPerRequest: 1.5, lead: LEAD_OF_BOTH },
  SearchExperiments: { cpuMsPerRequest: 1.5, lead: LEAD_OF_BOTH },
  'GetMetricHistory 400 of 3 x 400': { cpuMsPerRequest: 1.5, lead: LEAD_OF_HISTORIES },
  'History of 100,000 points, all pages': { cpuMsPerRequest: 200, lead: LEAD_OF_HISTORIES },
  'History of 100,000 points, 320 samples': { cpuMsPerRequest: 20, lead: LEAD_OF_HISTORIES },
  ...searches('1,000', 10),
  ...searches('23,500', 30),
  ...pages('23,500'),
  ...searches('100,000', 80),
  ...pages('100,000'),
};

/** What one server needed for one shape. */
export interface Measured {
  readonly server: string;
  readonly shape: string;
  readonly cpuMsPerRequest?: number | undefined;
  readonly p99?: number | undefined;
  readonly writeUnits?: number | undefined;
  readonly rssMb?: number | undefined;
  readonly errors?: number | undefined;
  /** Acknowledged writes that were not there when they were read back. */
  readonly missing?: number | undefined;
  /** The CPU of a request as a multiple of Slipway's. */
  readonly cpuTimesSlipway?: number | undefined;
}

/** The promises that a figure does not keep, each as `what value > limit`. */
export function missedLimits(figure: Measured): string[] {
  const promised = PROMISED[figure.shape] ?? {};
  if (figure.server !== 'slipway') {
    const least = promised.lead?.[figure.server as keyof Lead];
    const lead = figure.cpuTimesSlipway;
    return least !== undefined && lead !== undefined && lead < least
      ? [`lead ${lead} < ${least}`]
      : [];
  }
  const limits = { ...promised, errors: 0, missing: 0 };
  return (['cpuMsPerRequest', 'p99', 'writeUnits', 'rssMb', 'errors', 'missing'] as const).flatMap(
    (name) => {
      const [value, limit] = [figure[name], limits[name]];
      return value !== undefined && limit !== undefined && value > limit
        ? [`${name} ${value} > ${limit}`]
        : [];
    },
  );
}
