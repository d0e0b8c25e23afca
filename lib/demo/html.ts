import { aucChart, costChart, type DriftPoint, driftChart, timelineChart } from './charts.ts';
import type { DemoReport } from './report-types.ts';

const STYLE = `  body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
  h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #e5e5e5 }
  svg { max-width: 100%; height: auto } .note { color: #555 }`;

/** The report as one page without outside parts. */
export async function reportHtml(
  report: DemoReport,
  drift: readonly DriftPoint[],
): Promise<string> {
  const [driftSvg, aucSvg, timelineSvg, costSvg] = await Promise.all([
    driftChart(drift, 0.2),
    aucChart(report),
    timelineChart(report),
    costChart(report),
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Slipway: half a year of flights</title>
<style>
${STYLE}
</style></head><body>
<h1>Half a year of flights through the loop</h1>
<p>${report.rows.scored.toLocaleString('en')} flights scored, ${report.rows.trained.toLocaleString('en')} rows trained on,
${report.versions.length} versions, in ${report.wall_seconds.toFixed(0)} seconds on this machine.</p>
<h2>Quality by month and version</h2>${aucSvg}
${versionTable(report)}
<h2>Promotions: challenger against champion on the same held-out rows</h2>
${promotionTable(report)}
<h2>Switches</h2>
${switchTable(report)}
<p class="note">Rollback by moving the alias back: ${report.rollback.ack_to_live_ms} ms, ${report.rollback.failed} failed requests.</p>
<h2>Drift of each column, day by day</h2>${driftSvg}
<p class="note">${report.drift.length} values beyond their limits.</p>
<h2>Events</h2>${timelineSvg}
<h2>Cost</h2>${costSvg}
<p class="note">At published on-demand prices: $${report.cost.usd.toFixed(4)}.</p>
</body></html>
`;
}

const versionTable = (report: DemoReport) =>
  table(
    ['version', 'trained on', ...months(report)],
    report.versions.map((v) => [
      v.version,
      v.trained_on,
      ...months(report).map((m) => v.auc[m]?.toFixed(4) ?? ''),
    ]),
  );

const promotionTable = (report: DemoReport) =>
  table(
    ['challenger', 'champion', 'test', 'difference', '95 % interval', 'verdict'],
    report.promotions.map((p) => [
      p.challenger,
      p.champion ?? '',
      p.test,
      number(p.estimate),
      p.interval ? `${number(p.interval[0])} … ${number(p.interval[1])}` : '',
      p.verdict,
    ]),
  );

const switchTable = (report: DemoReport) =>
  table(
    ['from', 'to', 'cause', 'ms to live', 'requests meanwhile', 'failed'],
    report.switches.map((s) => [
      s.from ?? '',
      s.to,
      s.cause,
      String(s.ack_to_live_ms),
      String(s.requests),
      String(s.failed),
    ]),
  );

const months = (report: DemoReport) => Object.keys(report.champion_by_month).sort();
const number = (value: number | null) => (value === null ? '' : value.toFixed(5));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
