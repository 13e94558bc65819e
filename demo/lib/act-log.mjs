// Reads what `act --json` prints and keeps what a person, or a test, wants to know of a workflow run.
import { stripVTControlCharacters } from 'node:util';

/**
 * @typedef {object} Step
 * @property {string} job id of the job, in the reusable workflow if it is in one
 * @property {string} id
 * @property {string} name
 * @property {boolean} ok
 * @property {number} seconds
 * @property {Record<string, string>} outputs
 * @property {string} summary what the step wrote to the job summary, Markdown
 * @property {string[]} errors texts of its `::error` annotations
 */

/**
 * @param {{ onStep: (step: Step) => void, write: (line: string) => void }} listeners
 *   onStep is told of each step as it ends; write gets the log as a person would read it, secrets masked by act
 */
export function readActLog({ onStep, write }) {
  const steps = new Map();
  /** A step that has ended, but whose outputs may still come: act reads them after it has said how the step ended. */
  let ended;

  function flush(next) {
    if (!ended || ended === next) return;
    onStep(ended);
    ended = undefined;
  }

  // A job's own name tells the jobs of a matrix, and of several reusable workflows, apart.
  function stepOf({ job, jobID, stepID: [id], step: name }) {
    const key = `${job}/${jobID}/${id}`;
    if (!steps.has(key)) {
      steps.set(key, { job: jobID, id, name, ok: false, seconds: 0, outputs: {}, summary: '', errors: [] });
    }
    return steps.get(key);
  }

  function record(entry) {
    const step = stepOf(entry);
    // What a composite action's inner steps say counts for the step that uses it; their outputs do not: they are internal.
    const isStepItself = entry.stepID.length === 1;
    if (entry.command === 'set-output' && isStepItself) step.outputs[entry.name] = entry.arg;
    // act gives all steps one summary file and reports it again with each enclosing step.
    if (entry.command === 'summary' && !step.summary.includes(entry.content)) step.summary += entry.content;
    if (entry.command === 'error') step.errors.push(entry.arg);
    if (entry.stepResult && isStepItself) {
      step.ok = entry.stepResult === 'success';
      step.seconds = entry.executionTime / 1e9;
      ended = step;
    }
  }

  return {
    /** @param {string} text one line of act's output */
    line(text) {
      let entry;
      try {
        entry = JSON.parse(text);
      } catch {
        write(text);
        return;
      }
      const message = stripVTControlCharacters(entry.msg).trimEnd();
      write(entry.jobID ? `[${entry.jobID}] ${entry.raw_output ? '| ' : ''}${message}` : message);
      const isMain = entry.stage === 'Main' && entry.stepID;
      flush(isMain ? stepOf(entry) : undefined);
      if (isMain) record(entry);
    },

    /** To be called after the last line. @returns {Step[]} in the order in which they ran */
    end() {
      flush();
      return [...steps.values()];
    },
  };
}
