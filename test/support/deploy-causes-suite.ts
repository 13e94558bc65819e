import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { tryCause } from './deploy-cause.js';
import { allCauses, setAdmissionUp } from './deploy-causes.js';
import { MatrixRun, openMatrixWorld, situationsOf, titleOf, type MatrixWorld } from './deploy-matrix.js';

/** The cases of the matrix for one major of helm, in a cluster of their own: every cause in every situation. */
export function describeCauses(helm: '3' | '4'): void {
  // All cases run while jest waits for the first.
  jest.setTimeout(15 * 60_000);

  const only = process.env['HELM_CD_MATRIX_ONLY'] ?? '';
  const cases = allCauses()
    .flatMap((cause) =>
      situationsOf(helm)
        .filter((situation) => cause.happens?.(situation) ?? true)
        .map((situation) => ({ name: cause.name, cause, situation, title: titleOf(cause.name, situation) })),
    )
    .filter(({ title }) => title.includes(only));
  const run = new MatrixRun(`causes-helm-${helm}`);

  let world: MatrixWorld | undefined;
  beforeAll(async () => {
    world = await openMatrixWorld(`matrix-causes-${helm}`);
    const here = world;
    await setAdmissionUp(here);
    void run.start(cases, (index) => tryCause(here, cases[index]!.cause, cases[index]!.situation));
  });
  afterAll(async () => {
    await run.write(allCauses().map(({ name }) => name));
    await world?.close();
  });

  describe(`a deploy with helm ${helm} fails and leaves a defined state`, () => {
    it.each(cases)('$title', ({ name, situation }) => run.expect(name, situation));
  });
}
