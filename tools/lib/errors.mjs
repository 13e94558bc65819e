// An error whose message is the whole story for the person at the terminal: it is printed as one line, without a stack.
export class ToolError extends Error {
  /**
   * @param {string} message one line: what went wrong, and what to do about it
   * @param {{ details?: string, cause?: unknown }} [options] details: the log tail of the component that failed
   */
  constructor(message, { details = '', cause } = {}) {
    super(message, { cause });
    this.name = 'ToolError';
    this.details = details;
  }
}
