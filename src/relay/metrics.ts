import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the relay counts. Labels have few values: names of sources and repositories are those of the configuration. */
export interface RelayMetrics {
  /** A call was answered. */
  request(source: string, outcome: string, seconds: number): void;
  /** What became of one pushed tag. */
  push(source: string, outcome: string): void;
  /** An event was sent, or was not. */
  dispatch(repository: string, outcome: string): void;
  /** A call began (1) or ended (-1). */
  inFlight(change: 1 | -1): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A look at the registry takes some tens of milliseconds, a deadline is at half a minute. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** @param memoryBytes is asked when the metrics are. */
export function createRelayMetrics(memoryBytes: () => number): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'helm_cd_relay_requests_total',
    help: 'Webhook calls by source and outcome.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'helm_cd_relay_request_duration_seconds',
    help: 'Time from a call to its answer.',
    labelNames: ['source'],
    buckets: BUCKETS,
    registers,
  });
  const pushes = new Counter({
    name: 'helm_cd_relay_pushes_total',
    help: 'Pushed tags by source and what became of them.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const dispatches = new Counter({
    name: 'helm_cd_relay_dispatches_total',
    help: 'repository_dispatch events by repository and outcome.',
    labelNames: ['repository', 'outcome'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'helm_cd_relay_requests_in_flight',
    help: 'Calls that are being worked on.',
    registers,
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(memoryBytes());
    },
  });
  return {
    request(source, outcome, took) {
      requests.inc({ source, outcome });
      seconds.observe({ source }, took);
    },
    push: (source, outcome) => pushes.inc({ source, outcome }),
    dispatch: (repository, outcome) => dispatches.inc({ repository, outcome }),
    inFlight: (change) => inFlight.inc(change),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
