import { json, type Answer, type Call, type Relay } from './handler.js';
import { MOST_BODY_BYTES } from './body.js';
import { Refusal } from './refusal.js';

/** As much as is used of an event of a function URL or an API Gateway HTTP API (payload format 2.0). */
interface HttpEvent {
  readonly rawPath?: unknown;
  readonly rawQueryString?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly requestContext?: { readonly http?: { readonly method?: unknown }; readonly stage?: unknown };
}

/** As much as is used of what AWS Lambda tells of an invocation. */
export interface LambdaContext {
  getRemainingTimeInMillis?(): number;
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** For writing the answer. */
const SPARE_MS = 1000;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function headersOf(headers: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(Object(headers) as Record<string, unknown>);
  return new Map(entries.map(([name, value]) => [name.toLowerCase(), textOf(value)]));
}

/** The path that the caller asked for: API Gateway puts a stage before it, unless it is the default one. */
function pathOf({ rawPath, requestContext }: HttpEvent): string {
  const path = textOf(rawPath) || '/';
  const stage = textOf(requestContext?.stage);
  return stage !== '' && stage !== '$default' && path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

function limitsOf(context: LambdaContext | undefined): Pick<Call, 'deadlineMs'> {
  const left = context?.getRemainingTimeInMillis?.();
  return left === undefined ? {} : { deadlineMs: Math.max(0, left - SPARE_MS) };
}

/** A call out of a function URL's or an API Gateway's event. */
export function callOfHttpEvent(event: HttpEvent, context?: LambdaContext): Call {
  const bytes = Buffer.from(textOf(event.body), event.isBase64Encoded === true ? 'base64' : 'utf8');
  return {
    method: textOf(event.requestContext?.http?.method),
    path: pathOf(event),
    query: new URLSearchParams(textOf(event.rawQueryString)),
    headers: headersOf(event.headers),
    body: () =>
      bytes.length > MOST_BODY_BYTES
        ? Promise.reject(new Refusal(413, 'too-large', `The body is larger than ${MOST_BODY_BYTES} bytes.`))
        : Promise.resolve(bytes),
    ...limitsOf(context),
  };
}

/** Whether it is what Amazon EventBridge gives to a function that is the target of a rule. */
function isBusEvent(event: unknown): event is { readonly id?: unknown } {
  const { source, 'detail-type': type, requestContext } = Object(event) as Record<string, unknown>;
  return typeof source === 'string' && typeof type === 'string' && requestContext === undefined;
}

/**
 * A call out of an event of Amazon EventBridge. Whoever may invoke the function is AWS's business (the function's
 * resource policy), so the event needs no other proof.
 * @throws Error when the configuration has not exactly one source of the provider ecr.
 */
export function callOfBusEvent(event: { readonly id?: unknown }, relay: Relay, context?: LambdaContext): Call {
  const sources = relay.config.sources.filter(({ provider }) => provider === 'ecr');
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    throw new Error(
      `An event of EventBridge needs exactly one source of the provider ecr; there are ${sources.length}.`,
    );
  }
  return {
    method: 'POST',
    path: source.path,
    query: new URLSearchParams(),
    headers: new Map([
      ['content-type', 'application/json'],
      ['x-request-id', textOf(event.id)],
    ]),
    body: () => Promise.resolve(Buffer.from(JSON.stringify(event))),
    trustedSource: source.name,
    ...limitsOf(context),
  };
}

const answerOf = ({ status, headers, body }: Answer): LambdaAnswer => {
  return { statusCode: status, headers, body, isBase64Encoded: false };
};

/**
 * What AWS Lambda calls: for a function URL, an API Gateway HTTP API, or as the target of a rule of Amazon EventBridge.
 * @param open is called once, at the first event.
 */
export function createLambdaHandler(
  open: () => Relay,
): (event: unknown, context?: LambdaContext) => Promise<LambdaAnswer> {
  let relay: Relay | undefined;
  return async (event, context) => {
    relay ??= open();
    if (isBusEvent(event)) {
      const answer = await relay.handle(callOfBusEvent(event, relay, context));
      // Nobody reads the answer; EventBridge invokes again when the invocation fails.
      if (answer.status >= 500) throw new Error(`The event was not told: ${answer.body.trim()}`);
      return answerOf(answer);
    }
    const call = callOfHttpEvent(Object(event) as HttpEvent, context);
    if (call.path === '/healthz' && call.method === 'GET') return answerOf(json(200, { status: 'ok' }));
    return answerOf(await relay.handle(call));
  };
}
