import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeSamples } from '../lib/measure.mjs';
import { table } from '../lib/report.mjs';
import { makeIndex } from './indexes.mjs';
import { startRepositories } from './s3.mjs';
import { checkIndex, folderRepository, hasHelm, helmSide, ourSide, writeChart } from './sides.mjs';

const TIMES_FASTER = 100;
const LIMIT_MS = 1500;
const LIMIT_BYTES = 300_000_000;

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(2)} s`;

/** Ours, several times, in a repository of its own each time. */
async function measureOurs(rounds, action, chart, open, check) {
  const runs = [];
  for (let round = -1; round < rounds; round++) {
    const repository = await open();
    const run = await action(chart, repository.url);
    check(await repository.index());
    repository.remove?.();
    if (round >= 0) runs.push(run);
  }
  const time = describeSamples(runs.map(({ milliseconds }) => milliseconds));
  return {
    time,
    cpu: describeSamples(runs.map(({ cpu }) => cpu)),
    peak: Math.max(...runs.map(({ peak }) => peak ?? 0)),
  };
}

function verdictsOf(what, style, ours, peers) {
  const verdicts = [];
  const add = (met, text) =>
    verdicts.push({ what, style, met, line: `${met ? 'met    ' : 'NOT met'}  ${what}, ${style}: ${text}` });
  for (const [side, { time, peak }] of Object.entries(ours)) {
    for (const [helm, peer] of Object.entries(peers)) {
      const faster = peer.milliseconds / time.median;
      add(faster >= TIMES_FASTER, `${side} is ${faster.toFixed(0)}× faster than ${helm}, target ≥ ${TIMES_FASTER}×`);
    }
    const spread = `${seconds(time.low)} – ${seconds(time.high)}`;
    add(time.median < LIMIT_MS, `${side} takes ${seconds(time.median)} (${spread}), target < ${seconds(LIMIT_MS)}`);
    add(peak > 0 && peak < LIMIT_BYTES, `${side} needs ${megabytes(peak)} at most, target < ${megabytes(LIMIT_BYTES)}`);
  }
  return verdicts;
}

/**
 * One version more in an index of that size, as YAML and as JSON, in a folder and on S3.
 * @param {string} what for people
 * @param {{ charts: number, versions: number }} size
 */
export async function benchOneMore(what, size, { rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const action = ourSide(folder, bundles());
  const server = await startRepositories();
  const samples = {};
  const verdicts = [];
  try {
    for (const style of ['yaml', 'json']) {
      const { text, names } = makeIndex({ ...size, style });
      const name = names[Math.floor(names.length / 2)];
      const chart = writeChart(folder, name);
      const check = (index) => checkIndex(index, { name, style, before: text, charts: names.length });
      console.log(
        `\n${what} as ${style === 'yaml' ? "helm's YAML" : 'JSON'}, ${megabytes(Buffer.byteLength(text))}: one version more`,
      );
      const ours = {
        'file:///': await measureOurs(rounds, action, chart, () => folderRepository(folder, text), check),
        's3://': await measureOurs(
          rounds,
          (source, url) => action(source, url, server.env, server.inputs),
          chart,
          () => server.repository(text),
          check,
        ),
      };
      const peers = {};
      for (const helm of ['helm', 'helm3'].filter(hasHelm)) {
        // One of them is enough for JSON: what takes its time is not the reading.
        if (style === 'json' && helm === 'helm3') continue;
        const label = helm === 'helm' ? 'helm 4' : 'helm 3';
        console.log(`${label} repo index --merge, once${size.versions >= 5000 ? ': some minutes…' : ''}`);
        const { index, ...peer } = await helmSide(folder, helm, chart, text, style);
        if (style === 'yaml') check(index);
        peers[label] = peer;
      }
      const rows = [['', 'median', 'quartiles', 'CPU', 'memory at its highest']];
      for (const [side, { time, cpu, peak }] of Object.entries(ours)) {
        const spread = `${seconds(time.low)} – ${seconds(time.high)}`;
        rows.push([`publish-chart to ${side}`, seconds(time.median), spread, seconds(cpu.median), megabytes(peak)]);
      }
      for (const [label, { milliseconds, cpu, peak }] of Object.entries(peers)) {
        rows.push([
          `${label} package, repo index --merge`,
          seconds(milliseconds),
          'once',
          seconds(cpu),
          megabytes(peak),
        ]);
      }
      for (const line of table(rows)) console.log(line);
      samples[style] = { ours, peers };
      verdicts.push(...verdictsOf(what, style, ours, peers));
    }
    return { samples, verdicts };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
