import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packChart } from '../../src/charts/pack.js';
import type { PackedChart } from '../../src/core/packed-chart.js';

/** The files of a small chart that lints, renders one ConfigMap and says `text` in it. */
export function chartFiles(name: string, version: string, text = ''): Record<string, string> {
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\ndescription: A chart for tests\ntype: application\nversion: ${version}\nappVersion: "1.0"\n`,
    'values.yaml': `text: ${JSON.stringify(text)}\n`,
    'templates/configmap.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  text: {{ .Values.text | quote }}\n  chart: {{ .Chart.Version }}\n',
  };
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** A chart's folder inside `parent`, named after the chart. */
export async function writeChart(parent: string, name: string, version: string, text = ''): Promise<string> {
  const folder = path.join(parent, name);
  await writeFiles(folder, chartFiles(name, version, text));
  return folder;
}

/** A packaged chart; another text makes other bytes of the same version. */
export function packedChart(name: string, version: string, text = ''): Promise<PackedChart> {
  const files = Object.entries(chartFiles(name, version, text));
  return packChart(
    files.map(([file, content]) => ({ path: file, data: Buffer.from(content) })),
    name,
  );
}
