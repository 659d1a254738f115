import Table from 'cli-table3';
import { type Latencies, mergeLatencies, percentile } from '../support/agent/latency';

/** What is counted under one name. */
export interface Line {
  readonly scenario: string;
  readonly title: string;
  attempts: number;
  /** By what went wrong. */
  readonly failures: Map<string, number>;
  readonly calm: Latencies;
  readonly changing: Latencies;
}

export interface Count {
  attempts: number;
  /** By what went wrong. */
  failures?: Record<string, number>;
  latencies?: Latencies;
  /** While no change ran. */
  calm?: boolean;
}

/** Everything that was tried, and what became of it. */
export class Totals {
  readonly #lines = new Map<string, Line>();

  add(scenario: string, title: string, { attempts, failures = {}, latencies = {}, calm = false }: Count): void {
    const line = this.#line(scenario, title);
    line.attempts += attempts;
    for (const [reason, count] of Object.entries(failures)) {
      line.failures.set(reason, (line.failures.get(reason) ?? 0) + count);
    }
    mergeLatencies(calm ? line.calm : line.changing, latencies);
  }

  get attempts(): number {
    return [...this.#lines.values()].reduce((sum, { attempts }) => sum + attempts, 0);
  }

  /** One line each: what failed, how, how often. */
  get failures(): string[] {
    return [...this.#lines.values()].flatMap(({ scenario, title, failures }) =>
      [...failures].map(([reason, count]) => `${scenario}, ${title}: ${count} x ${reason}`),
    );
  }

  table(): string {
    const table = new Table({
      head: ['while', 'what', 'attempts', 'failures', 'p50 calm', 'p99 calm', 'p50 ms', 'p99 ms'],
      colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
      style: { head: [], border: [], compact: true },
    });
    let failures = 0;
    for (const line of this.#lines.values()) {
      const failed = [...line.failures.values()].reduce((sum, count) => sum + count, 0);
      failures += failed;
      const times = [line.calm, line.changing].flatMap((all) => [ms(all, 50), ms(all, 99)]);
      table.push([line.scenario, line.title, line.attempts, failed, ...times]);
    }
    table.push(['', 'total', this.attempts, failures, '', '', '', '']);
    return table.toString();
  }

  #line(scenario: string, title: string): Line {
    const key = `${scenario}\n${title}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { scenario, title, attempts: 0, failures: new Map(), calm: {}, changing: {} };
      this.#lines.set(key, line);
    }
    return line;
  }
}

function ms(latencies: Latencies, percent: number): string {
  return percentile(latencies, percent)?.toFixed(2) ?? '';
}
