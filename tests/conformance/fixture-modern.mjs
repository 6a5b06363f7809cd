// A server of 2026-07-28 on stdio, and of no older revision: it has no handshake and no session, and sends no requests. It asks a client
// by the answer `input_required`, and keeps what it needs between two rounds in a state that it signs. It is strict where a gate could
// cheat: a state that it never gave, a method of older revisions and a request without `_meta` are errors.
// usage: fixture-modern.mjs [--page ITEMS]
import crypto from 'node:crypto';
import { Catalog } from './fixture-catalog.mjs';
import { Connection, option, page, RpcError } from './fixture-stdio.mjs';
import { extension, Tasks, taskTools } from './fixture-tasks.mjs';

const revision = '2026-07-28';
const reserved = (name) => `io.modelcontextprotocol/${name}`;
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const pageSize = option('--page', 0);
const key = crypto.randomBytes(32);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const listeners = new Map(); // the requested notifications, by the id of the listen request
const connection = new Connection({ request: serve });
const catalog = new Catalog({ changed, tools: taskTools });
const tasks = new Tasks({
  changed: (task) => tell('notifications/tasks', task, ({ taskIds = [] }) => taskIds.includes(task.taskId)),
});

const capabilities = {
  tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true }, completions: {}, logging: {},
  extensions: { [extension]: {} },
};

function tell(method, params, wanted) {
  for (const [id, filter] of listeners) {
    if (wanted(filter)) connection.notify(method, { ...params, _meta: { [reserved('subscriptionId')]: id } });
  }
}

function changed(kind, uri) {
  if (kind === 'resource') tell('notifications/resources/updated', { uri }, ({ resourceSubscriptions = [] }) => resourceSubscriptions.includes(uri));
  else tell(`notifications/${kind}/list_changed`, {}, (filter) => filter[`${kind}ListChanged`] === true);
}

// --- The capabilities of a client, and those that it lacks.

function missing({ method, params }, declared) {
  switch (method) {
    case 'sampling/createMessage': return declared.sampling ? null : { sampling: {} };
    case 'roots/list': return declared.roots ? null : { roots: {} };
    default: {
      const mode = params.mode ?? 'form';
      const modes = declared.elicitation ?? null;
      const can = modes && (modes[mode] !== undefined || (mode === 'form' && Object.keys(modes).length === 0));
      return can ? null : { elicitation: { [mode]: {} } };
    }
  }
}

const missingCapability = (requiredCapabilities) =>
  new RpcError(-32021, 'Missing required client capability', { requiredCapabilities });

function isAnswer({ method }, answer) {
  if (!isObject(answer)) return false;
  if (method === 'roots/list') return Array.isArray(answer.roots);
  if (method === 'sampling/createMessage') return answer.content !== undefined && typeof answer.role === 'string';
  return ['accept', 'decline', 'cancel'].includes(answer.action);
}

// --- Rounds. A tool runs from its beginning in every round; earlier answers are in the state.

class InputRequired extends Error {
  constructor(inputRequests, state) {
    super('input required');
    this.result = {
      resultType: 'input_required',
      ...(inputRequests && { inputRequests }),
      ...(state && { requestState: seal(state) }),
    };
  }
}

const mac = (body) => crypto.createHmac('sha256', key).update(body).digest('base64url');

function seal(state) {
  const body = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${body}.${mac(body)}`;
}

function unseal(sealed, about) {
  const [body, code, ...rest] = String(sealed).split('.');
  if (rest.length > 0 || code !== mac(body)) throw new RpcError(-32602, 'Invalid requestState');
  const state = JSON.parse(Buffer.from(body, 'base64url'));
  if (state.about !== about) throw new RpcError(-32602, 'This requestState belongs to something else');
  return state;
}

function contextOf(params, { signal }) {
  const meta = params._meta;
  const declared = meta[reserved('clientCapabilities')];
  const state = params.requestState === undefined ? null : unseal(params.requestState, params.name);
  if (params.inputResponses !== undefined && !isObject(params.inputResponses)) throw new RpcError(-32602, 'inputResponses is no object');
  const responses = { ...state?.answers, ...params.inputResponses };

  const ask = async (requests, { keep = false } = {}) => {
    const lacking = Object.assign({}, ...Object.values(requests).map((request) => missing(request, declared)));
    if (Object.keys(lacking).length > 0) throw missingCapability(lacking);
    const open = Object.entries(requests).filter(([name, request]) => !isAnswer(request, responses[name]));
    if (open.length > 0) {
      const answers = Object.fromEntries(Object.entries(responses).filter(([, answer]) => isObject(answer)));
      throw new InputRequired(Object.fromEntries(open), keep ? { about: params.name, answers, round: (state?.round ?? 0) + 1 } : null);
    }
    return Object.fromEntries(Object.keys(requests).map((name) => [name, responses[name]]));
  };
  const lowest = levels.indexOf(meta[reserved('logLevel')]);
  return {
    signal,
    ask,
    askDeclared: (requests) =>
      ask(Object.fromEntries(Object.entries(requests).filter(([, request]) => !missing(request, declared)))),
    again: async () => {
      if (!state) throw new InputRequired(null, { about: params.name, round: 1 });
    },
    progress: (progress, total) => {
      const progressToken = meta.progressToken;
      if (progressToken !== undefined) connection.notify('notifications/progress', { progressToken, progress, total });
    },
    log: (level, data) => {
      if (lowest >= 0 && levels.indexOf(level) >= lowest) connection.notify('notifications/message', { level, logger: 'fixture', data });
    },
    task: (work, { required = false } = {}) => {
      if (isObject(declared.extensions?.[extension])) return tasks.create(work);
      if (required) throw missingCapability({ extensions: { [extension]: {} } });
      return work({ ask, signal });
    },
  };
}

async function rounds(run) {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InputRequired) return error.result;
    throw error;
  }
}

// --- Methods.

const cacheable = (result) => ({ ...result, ttlMs: 30_000, cacheScope: 'public' });

function needTasks({ _meta }) {
  if (!isObject(_meta[reserved('clientCapabilities')].extensions?.[extension])) throw missingCapability({ extensions: { [extension]: {} } });
}

const methods = {
  'server/discover': () => cacheable({ supportedVersions: [revision], capabilities, instructions: 'A server to test with.' }),
  'tools/list': ({ cursor }) => cacheable(page('tools', catalog.listTools(), cursor, pageSize)),
  'tools/call': (params, about) => {
    const context = contextOf(params, about);
    return rounds(() => catalog.callTool(params.name, params.arguments, context));
  },
  'prompts/list': ({ cursor }) => cacheable(page('prompts', catalog.listPrompts(), cursor, pageSize)),
  'prompts/get': (params, about) => {
    const context = contextOf(params, about);
    return rounds(() => catalog.getPrompt(params.name, params.arguments, context));
  },
  'resources/list': ({ cursor }) => cacheable(page('resources', catalog.listResources(), cursor, pageSize)),
  'resources/templates/list': ({ cursor }) => cacheable(page('resourceTemplates', catalog.listTemplates(), cursor, pageSize)),
  'resources/read': ({ uri }) => {
    const contents = catalog.read(uri);
    if (!contents) throw new RpcError(-32602, 'Resource not found', { uri });
    return cacheable({ contents });
  },
  'completion/complete': ({ argument }) => catalog.complete(argument),
  'subscriptions/listen': ({ notifications }, { id, signal }) => {
    if (!isObject(notifications)) throw new RpcError(-32602, 'notifications is no object');
    const { toolsListChanged, promptsListChanged, resourceSubscriptions, taskIds } = notifications;
    listeners.set(id, notifications);
    connection.notify('notifications/subscriptions/acknowledged', {
      notifications: {
        ...(toolsListChanged && { toolsListChanged }), ...(promptsListChanged && { promptsListChanged }),
        ...(resourceSubscriptions && { resourceSubscriptions }), ...(taskIds && { taskIds }),
      },
      _meta: { [reserved('subscriptionId')]: id },
    });
    return new Promise(() => signal.addEventListener('abort', () => listeners.delete(id)));
  },
  'tasks/get': (params) => { needTasks(params); return tasks.get(params.taskId); },
  'tasks/update': (params) => { needTasks(params); return tasks.update(params.taskId, params.inputResponses); },
  'tasks/cancel': (params) => { needTasks(params); return tasks.cancel(params.taskId); },
};

async function serve(method, params, about) {
  const meta = params._meta ?? {};
  const asked = meta[reserved('protocolVersion')];
  if (typeof asked !== 'string' || !isObject(meta[reserved('clientCapabilities')])) {
    throw new RpcError(-32602, `A request needs ${reserved('protocolVersion')} and ${reserved('clientCapabilities')} in its _meta`);
  }
  if (asked !== revision) throw new RpcError(-32022, 'Unsupported protocol version', { supported: [revision], requested: asked });
  if (!Object.hasOwn(methods, method)) throw new RpcError(-32601, `Method not found: ${method}`);
  const result = await methods[method](params, about);
  return {
    resultType: 'complete',
    ...result,
    _meta: { ...result._meta, [reserved('serverInfo')]: { name: 'fixture-modern', version: '1.0.0' } },
  };
}

connection.start();
