import { fileURLToPath } from 'node:url';
import { alternate, ratios } from '../lib/measure.mjs';
import { comparisonRows, table, verdict } from '../lib/report.mjs';
import { actionStep, scriptStep } from '../lib/step.mjs';
import { CHART, IMAGE_NAME } from './chart-repository.mjs';

const SCRIPT = fileURLToPath(new URL('bump.sh', import.meta.url));
const OURS = 'bump-image-tag, told the chart as bash is';
const FINDING = 'bump-image-tag, finding the chart itself';
const PEER = 'bash: clone --depth 1, awk, commit, push';

/** Both sides, as steps with their files in a folder. */
export const sidesIn = (folder, bundles) => ({
  ours: actionStep(folder, bundles, 'bump-image-tag'),
  theirs: scriptStep(folder, SCRIPT),
});

/**
 * The action and bash, bump after bump, each in a repository of its own; both are alike. bash knows the chart's files by
 * heart, so the action is told the chart too; what it takes to find the places itself is shown beside it.
 *
 * @param {string} title of the table
 * @param {string} what of the target
 * @param {number} target
 * @param {{
 *   rounds: number,
 *   ours: ReturnType<typeof actionStep>, theirs: ReturnType<typeof scriptStep>,
 *   repositories: { ours: string, theirs: string },
 *   inputs?: Record<string, string>, env?: Record<string, string>,
 *   check(side: 'ours' | 'theirs', tag: string, told: boolean): Promise<void> | void,
 * }} options inputs: of the action; env: of the script; check: throws when a side did not do what it should (told: knowing
 *   the chart)
 */
export async function compare(title, what, target, options) {
  const { rounds, ours, theirs, repositories, inputs = {}, env = {}, check } = options;
  // Upwards, in whichever order they run.
  let bumps = 0;
  const nextTag = () => `2.0.${bumps++}`;
  const bump = (more) => async () => {
    const tag = nextTag();
    const given = { images: `${IMAGE_NAME}:${tag}`, repository: repositories.ours, ...inputs, ...more };
    const time = await ours(given);
    await check('ours', tag, Object.keys(more).length > 0);
    return time;
  };
  const results = await alternate(
    {
      [OURS]: bump({ chart: CHART }),
      [FINDING]: bump({}),
      [PEER]: async () => {
        const tag = nextTag();
        const time = await theirs({ REPOSITORY_URL: repositories.theirs, CHART, IMAGE_NAME, TAG: tag, ...env });
        await check('theirs', tag, true);
        return time;
      },
    },
    { rounds, warmUp: 2 },
  );
  console.log(`\n${title}, ${rounds} rounds`);
  for (const line of table(comparisonRows(results, (name) => ratios(results[name], results[PEER])))) console.log(line);
  return { results, verdicts: [verdict(what, ratios(results[OURS], results[PEER]), target)] };
}
