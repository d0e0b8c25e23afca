/** `report.json`: every figure was measured in the run that wrote it (docs/contracts, "The demo's report"). */
export interface DemoReport {
  wall_seconds: number;
  rows: { trained: number; scored: number };
  versions: ReportedVersion[];
  champion_by_month: Record<string, string>;
  promotions: ReportedPromotion[];
  switches: ReportedSwitch[];
  drift: ReportedDrift[];
  events: ReportedEvent[];
  rollback: { ack_to_live_ms: number; failed: number };
  cost: { write_units: number; read_units: number; requests: number; usd: number };
}

export interface ReportedVersion {
  version: string;
  /** First and last day of its training rows, `2001-01-01..2001-01-31`. */
  trained_on: string;
  /** By month, `2001-02`. */
  auc: Record<string, number>;
  log_loss: Record<string, number>;
}

export interface ReportedPromotion {
  challenger: string;
  champion: string | null;
  test: string;
  estimate: number | null;
  interval: [number, number] | null;
  verdict: string;
}

export interface ReportedSwitch {
  from: string | null;
  to: string;
  cause: string;
  /** From the alias call's answer (or the event that moved it) to the first answer of the new version. */
  ack_to_live_ms: number;
  /** Requests answered while the switch was under way, and how many of them failed. */
  requests: number;
  failed: number;
}

interface ReportedDrift {
  window: string;
  column: string;
  statistic: string;
  value: number;
  threshold: number;
}

export interface ReportedEvent {
  type: string;
  at: string;
  /** Milliseconds after the event that caused it; null for the first of a chain. */
  after_ms: number | null;
}
