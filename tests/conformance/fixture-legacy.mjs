// A server of the revisions with a handshake, 2024-11-05 to 2025-11-25, on stdio. It knows no other revision, answers the probe of a
// newer client with "Method not found", and sends its own requests to the client while a call runs.
// usage: fixture-legacy.mjs [--page ITEMS]
import { Catalog, ToolError } from './fixture-catalog.mjs';
import { Connection, option, page, RpcError } from './fixture-stdio.mjs';

const revisions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const pageSize = option('--page', 0);

let client = null; // the parameters of initialize
let lowest = 'debug';
let urls = 0;
const subscribed = new Set();
const connection = new Connection({ request: serve, notification: () => {} });
const catalog = new Catalog({ changed });

function changed(kind, uri) {
  if (kind !== 'resource') connection.notify(`notifications/${kind}/list_changed`);
  else if (subscribed.has(uri)) connection.notify('notifications/resources/updated', { uri });
}

const capabilityOf = { 'sampling/createMessage': 'sampling', 'elicitation/create': 'elicitation', 'roots/list': 'roots' };
const canAnswer = ({ method }) => client.capabilities[capabilityOf[method]] !== undefined;

async function question({ method, params }) {
  if (!canAnswer({ method })) throw new ToolError(`The client offers no ${capabilityOf[method]}.`);
  return questionWithoutLooking({ method, params });
}

function questionWithoutLooking({ method, params }) {
  if (params.mode !== 'url') return connection.ask(method, params);
  urls += 1;
  return connection.ask(method, { ...params, elicitationId: `url-${urls}` });
}

const byKey = async (requests, ask) => Object.fromEntries(
  await Promise.all(Object.entries(requests).map(async ([key, request]) => [key, await ask(request)])));

async function answered(requests, ask) {
  try {
    return await byKey(requests, ask);
  } catch (error) {
    if (error instanceof RpcError) throw new ToolError(`The client refused: ${error.message}`);
    throw error;
  }
}

function contextOf(params, signal) {
  const token = params._meta?.progressToken;
  return {
    signal,
    ask: (requests) => answered(requests, question),
    askWithoutLooking: (requests) => answered(requests, questionWithoutLooking),
    // A declared capability may still be refused for this call, because a gate acts for clients that differ.
    askDeclared: async (requests) => {
      const answers = await byKey(requests, (request) => question(request).catch(() => undefined));
      return Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer !== undefined));
    },
    again: async () => {},
    progress: (progress, total) => {
      if (token !== undefined) connection.notify('notifications/progress', { progressToken: token, progress, total });
    },
    log: (level, data) => {
      if (levels.indexOf(level) >= levels.indexOf(lowest)) connection.notify('notifications/message', { level, logger: 'fixture', data });
    },
  };
}

const methods = {
  initialize(params) {
    client = params;
    const protocolVersion = revisions.includes(params.protocolVersion) ? params.protocolVersion : revisions.at(-1);
    return {
      protocolVersion,
      capabilities: {
        tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true }, logging: {},
        ...(protocolVersion === '2024-11-05' ? {} : { completions: {} }),
      },
      serverInfo: { name: 'fixture-legacy', version: '1.0.0' },
    };
  },
  ping: () => ({}),
  'logging/setLevel': ({ level }) => {
    if (!levels.includes(level)) throw new RpcError(-32602, `No such level: ${level}`);
    lowest = level;
    return {};
  },
  'tools/list': ({ cursor }) => page('tools', catalog.listTools(), cursor, pageSize),
  'tools/call': (params, { signal }) => catalog.callTool(params.name, params.arguments, contextOf(params, signal)),
  'prompts/list': ({ cursor }) => page('prompts', catalog.listPrompts(), cursor, pageSize),
  'prompts/get': (params, { signal }) => catalog.getPrompt(params.name, params.arguments, contextOf(params, signal)),
  'resources/list': ({ cursor }) => page('resources', catalog.listResources(), cursor, pageSize),
  'resources/templates/list': ({ cursor }) => page('resourceTemplates', catalog.listTemplates(), cursor, pageSize),
  'resources/read': ({ uri }) => {
    const contents = catalog.read(uri);
    if (!contents) throw new RpcError(-32002, 'Resource not found', { uri });
    return { contents };
  },
  'resources/subscribe': ({ uri }) => { subscribed.add(uri); return {}; },
  'resources/unsubscribe': ({ uri }) => { subscribed.delete(uri); return {}; },
  'completion/complete': ({ argument }) => catalog.complete(argument),
};

async function serve(method, params, about) {
  if (!Object.hasOwn(methods, method)) throw new RpcError(-32601, `Method not found: ${method}`);
  if (!client && method !== 'initialize' && method !== 'ping') throw new RpcError(-32600, 'The handshake comes first');
  if (client && method === 'initialize') throw new RpcError(-32600, 'There was a handshake already');
  return methods[method](params, about);
}

connection.start();
