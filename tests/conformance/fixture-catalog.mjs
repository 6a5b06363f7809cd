// What the conformance suite expects a server to offer: tools, prompts and resources by the names and answers that its scenarios
// assert, and a few more for clients.mjs. It is the same for both eras: a tool sends its questions to the client through the context,
// and the server decides how they are sent.
//
// A context has: `ask(requests)` → answers, both by key; `askDeclared(requests)`, the same for requests that the client can answer;
// `again()`, for which a server of the modern era makes another round trip; `progress(done, total)`; `log(level, data)`; `signal`.
import { pause, RpcError } from './fixture-stdio.mjs';

/** A tool's own error. It becomes a result, which the model can read. */
export class ToolError extends Error {}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const silence = (() => { // four samples, 8 kHz, 8 bit, mono
  const bytes = Buffer.alloc(48, 0x80);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(40, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(8000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(4, 40);
  return bytes.toString('base64');
})();

const text = (value) => ({ type: 'text', text: value });
const image = { type: 'image', data: pixel, mimeType: 'image/png' };
const resource = (uri, mimeType, value) => ({ type: 'resource', resource: { uri, mimeType, text: value } });
export const content = (...items) => ({ content: items.map((item) => (typeof item === 'string' ? text(item) : item)) });
const fromUser = (item) => ({ role: 'user', content: item });

export const elicitation = (message, properties, required = Object.keys(properties)) => ({
  method: 'elicitation/create', params: { message, requestedSchema: { type: 'object', properties, required } },
});
export const sampling = (prompt, maxTokens = 100) => ({
  method: 'sampling/createMessage', params: { messages: [fromUser(text(prompt))], maxTokens },
});
const roots = { method: 'roots/list', params: {} };
const outcome = (answer) => `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`;
const sampled = (answer) => [answer.content].flat().map((item) => item.text ?? '').join('');
export const given = (answer, name) => answer.content?.[name] ?? answer.action;

export function tool(name, description, run, properties = {}, required = []) {
  return { definition: { name, description, inputSchema: { type: 'object', properties, required } }, run };
}
const string = (description) => ({ type: 'string', description });

const plainTools = () => [
  tool('test_simple_text', 'Answers with a text', () => content('This is a simple text response for testing.')),
  tool('test_image_content', 'Answers with an image', () => content(image)),
  tool('test_audio_content', 'Answers with a sound', () => content({ type: 'audio', data: silence, mimeType: 'audio/wav' })),
  tool('test_embedded_resource', 'Answers with a resource',
    () => content(resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'))),
  tool('test_multiple_content_types', 'Answers with three kinds of content', () => content('Multiple content types test:', image,
    resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'))),
  tool('test_error_handling', 'Always fails', () => {
    throw new ToolError('This tool intentionally returns an error for testing');
  }),
  tool('test_tool_with_logging', 'Logs three times', async (args, { log, signal }) => {
    log('info', 'Tool execution started');
    await pause(50, signal);
    log('info', 'Tool processing data');
    await pause(50, signal);
    log('info', 'Tool execution completed');
    return content('Logged three times.');
  }),
  tool('test_logging_tool', 'Logs once', (args, { log }) => {
    log('info', 'A line of the log');
    return content('Logged, if that was wanted.');
  }),
  tool('test_tool_with_progress', 'Tells of its progress', async (args, { progress, signal }) => {
    progress(0, 100);
    await pause(50, signal);
    progress(50, 100);
    await pause(50, signal);
    progress(100, 100);
    return content('Went from 0 to 100.');
  }),
  tool('test_reconnection', 'Takes a while, so that a stream can break meanwhile', async (args, { signal }) => {
    await pause(500, signal);
    return content('Still here.');
  }),
  tool('test_wait', 'Waits for as long as one likes', async ({ milliseconds }, { progress, signal }) => {
    progress(0, 1);
    await pause(milliseconds, signal);
    return content(`Waited for ${milliseconds} ms.`);
  }, { milliseconds: { type: 'integer', minimum: 0 } }, ['milliseconds']),
  tool('test_echo', 'Answers with its arguments, also as structured content', (args) => ({
    ...content(JSON.stringify(args)), structuredContent: { arguments: args },
  }), { value: {} }),
  tool('test_custom_header', 'Has an argument that travels in a header too', ({ region = 'nowhere' }) => content(`In ${region}.`),
    { region: { ...string('Where'), 'x-mcp-header': 'Region' } }),
  {
    definition: {
      name: 'json_schema_2020_12_tool',
      description: 'Has a schema of many keywords',
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
        },
        properties: {
          name: { type: 'string' }, address: { $ref: '#/$defs/address' }, contactMethod: { type: 'string', enum: ['phone', 'email'] },
          phone: { type: 'string' }, email: { type: 'string' },
        },
        allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
        if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
        then: { required: ['phone'] },
        else: { required: ['email'] },
        additionalProperties: false,
      },
    },
    run: (args) => content(JSON.stringify(args)),
  },
];

const choices = (...titles) => titles.map((title, index) => ({ const: `value${index + 1}`, title }));

// Tools that send questions to the client.
const askingTools = () => [
  tool('test_sampling', 'Has the client sample', async ({ prompt }, { ask }) => {
    const { answer } = await ask({ answer: sampling(prompt) });
    return content(`LLM response: ${sampled(answer)}`);
  }, { prompt: string('What to sample') }, ['prompt']),
  tool('test_elicitation', 'Asks the user', async ({ message }, { ask }) => {
    const { answer } = await ask({ answer: elicitation(message, { username: string("User's response"), email: string("User's email address") }) });
    return content(`User response: ${outcome(answer)}`);
  }, { message: string('What to ask') }, ['message']),
  tool('test_elicitation_url', 'Sends the user somewhere', async ({ url }, { ask }) => {
    const { answer } = await ask({ answer: { method: 'elicitation/create', params: { mode: 'url', message: 'Please go there', url } } });
    return content(`Elicitation completed: ${outcome(answer)}`);
  }, { url: string('Where to') }, ['url']),
  tool('test_elicitation_sep1034_defaults', 'Asks with defaults', async (args, { ask }) => {
    const { answer } = await ask({ answer: elicitation('Please review', {
      name: { type: 'string', default: 'John Doe' }, age: { type: 'integer', default: 30 }, score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' }, verified: { type: 'boolean', default: true },
    }, []) });
    return content(`Elicitation completed: ${outcome(answer)}`);
  }),
  tool('test_elicitation_sep1330_enums', 'Asks with five kinds of choice', async (args, { ask }) => {
    const plain = ['option1', 'option2', 'option3'];
    const { answer } = await ask({ answer: elicitation('Please choose', {
      untitledSingle: { type: 'string', enum: plain },
      titledSingle: { type: 'string', oneOf: choices('First Option', 'Second Option', 'Third Option') },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: plain } },
      titledMulti: { type: 'array', items: { anyOf: choices('First Choice', 'Second Choice', 'Third Choice') } },
    }, []) });
    return content(`Elicitation completed: ${outcome(answer)}`);
  }),
  // A server of the older revisions that checks the capability first has its own error; one that does not check leaves it to the gate.
  tool('test_missing_capability', 'Needs sampling', async (args, { ask, askWithoutLooking = ask }) => {
    const { answer } = await askWithoutLooking({ answer: sampling('Anything') });
    return content(sampled(answer));
  }),
  tool('test_streaming_elicitation', 'Tells of its progress, then asks', async (args, { ask, progress }) => {
    progress(1, 2);
    const { answer } = await ask({ answer: elicitation('Go on?', { ok: { type: 'boolean' } }) });
    return content(outcome(answer));
  }),
];

const askName = elicitation('What is your name?', { name: { type: 'string' } });
const confirm = elicitation('Please confirm', { ok: { type: 'boolean' } });

// Similar tools with the names that the scenarios of the modern era use.
const roundTripTools = () => [
  tool('test_input_required_result_elicitation', 'Asks for a name', async (args, { ask }) => {
    const answers = await ask({ user_name: askName });
    return content(`Hello, ${given(answers.user_name, 'name')}!`);
  }),
  tool('test_input_required_result_sampling', 'Asks the model', async (args, { ask }) => {
    const answers = await ask({ capital_question: sampling('What is the capital of France?') });
    return content(sampled(answers.capital_question));
  }),
  tool('test_input_required_result_list_roots', 'Asks for the roots', async (args, { ask }) => {
    const answers = await ask({ client_roots: roots });
    return content(`Roots: ${answers.client_roots.roots.map((root) => root.uri).join(', ')}`);
  }),
  tool('test_input_required_result_request_state', 'Asks and keeps a state', async (args, { ask }) => {
    await ask({ confirm }, { keep: true });
    return content('state-ok');
  }),
  tool('test_input_required_result_tampered_state', 'Asks and keeps a state that nobody may change', async (args, { ask }) => {
    await ask({ confirm }, { keep: true });
    return content('The state was as we left it.');
  }),
  tool('test_input_required_result_multiple_inputs', 'Asks for three things at once', async (args, { ask }) => {
    const answers = await ask({ user_name: askName, greeting: sampling('Generate a greeting', 50), client_roots: roots }, { keep: true });
    return content(`${sampled(answers.greeting)} ${given(answers.user_name, 'name')}, ${answers.client_roots.roots.length} roots`);
  }),
  tool('test_input_required_result_multi_round', 'Asks, and then asks again', async (args, { ask }) => {
    const { step1 } = await ask({ step1: elicitation('Step 1: What is your name?', { name: { type: 'string' } }) }, { keep: true });
    const { step2 } = await ask({ step2: elicitation('Step 2: What is your favorite color?', { color: { type: 'string' } }) }, { keep: true });
    return content(`${given(step1, 'name')} likes ${given(step2, 'color')}.`);
  }),
  tool('test_input_required_result_capabilities', 'Asks for what the client can', async (args, { askDeclared }) => {
    const answers = await askDeclared({ question: sampling('Are you there?'), user_name: askName });
    return content(`Answered: ${Object.keys(answers).sort().join(', ') || 'nothing'}`);
  }),
  tool('test_input_required_result_state_only', 'Needs a second round, and nothing else', async (args, { again }) => {
    await again();
    return content('The second round came.');
  }),
];

const prompts = () => [
  { name: 'test_simple_prompt', description: 'A text', get: () => [fromUser(text('This is a simple prompt for testing.'))] },
  {
    name: 'test_prompt_with_arguments', description: 'A text with arguments',
    arguments: [{ name: 'arg1', description: 'First test argument', required: true },
      { name: 'arg2', description: 'Second test argument', required: true }],
    get: ({ arg1, arg2 }) => [fromUser(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
  },
  {
    name: 'test_prompt_with_embedded_resource', description: 'A resource',
    arguments: [{ name: 'resourceUri', description: 'URI of the resource to embed', required: true }],
    get: ({ resourceUri }) => [fromUser(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
      fromUser(text('Please process the embedded resource above.'))],
  },
  {
    name: 'test_prompt_with_image', description: 'An image',
    get: () => [fromUser(image), fromUser(text('Please analyze the image above.'))],
  },
  {
    name: 'test_input_required_result_prompt', description: 'A text that the user decides',
    get: async (args, { ask }) => {
      const { user_context } = await ask({ user_context: elicitation('What context should the prompt use?', { context: { type: 'string' } }) });
      return [fromUser(text(`In the context of ${given(user_context, 'context')}.`))];
    },
  },
];

const words = ['paris', 'park', 'party', 'test one', 'test two'];

export class Catalog {
  /** `changed(kind, uri)` is called when a list ("tools", "prompts") or a resource ("resource") has changed. */
  constructor({ changed, tools = [] }) {
    this.changed = changed;
    this.reading = 0;
    this.changing = { tools: false, prompts: false };
    this.fixed = [...plainTools(), ...askingTools(), ...roundTripTools(), ...this.#triggers(), ...tools];
    this.prompts = prompts();
  }

  #triggers() {
    const toggle = (kind) => () => {
      this.changing[kind] = !this.changing[kind];
      this.changed(kind);
      return content(`The ${kind} are other ones now.`);
    };
    return [
      tool('test_trigger_tool_change', 'Adds a tool, or takes it away', toggle('tools')),
      tool('test_trigger_prompt_change', 'Adds a prompt, or takes it away', toggle('prompts')),
      tool('test_trigger_resource_update', 'Changes the watched resource', () => {
        this.reading += 1;
        this.changed('resource', 'test://watched-resource');
        return content(`The watched resource reads ${this.reading} now.`);
      }),
    ];
  }

  #tools() {
    return this.changing.tools ? [...this.fixed, tool('test_now_and_then', 'Is not always there', () => content('Here.'))] : this.fixed;
  }

  listTools() {
    return this.#tools().map(({ definition }) => definition);
  }

  async callTool(name, args, context) {
    const found = this.#tools().find(({ definition }) => definition.name === name);
    if (!found) throw new RpcError(-32602, `Unknown tool: ${name}`);
    try {
      return await found.run(args ?? {}, context);
    } catch (error) {
      if (error instanceof ToolError) return { ...content(error.message), isError: true };
      throw error;
    }
  }

  listPrompts() {
    const listed = this.prompts.map(({ get, ...definition }) => definition);
    return this.changing.prompts ? [...listed, { name: 'test_prompt_now_and_then', description: 'Is not always there' }] : listed;
  }

  async getPrompt(name, args, context) {
    const found = this.prompts.find((prompt) => prompt.name === name);
    if (!found) throw new RpcError(-32602, `Unknown prompt: ${name}`);
    return { messages: await found.get(args ?? {}, context) };
  }

  listResources() {
    return [
      { uri: 'test://static-text', name: 'Static text', description: 'Always the same', mimeType: 'text/plain' },
      { uri: 'test://static-binary', name: 'Static image', description: 'Always the same', mimeType: 'image/png' },
      { uri: 'test://watched-resource', name: 'Watched', description: 'Changes when a tool says so', mimeType: 'text/plain' },
    ];
  }

  listTemplates() {
    return [{ uriTemplate: 'test://template/{id}/data', name: 'Template', description: 'One for each id', mimeType: 'application/json' }];
  }

  /** Returns the contents, or nothing if there is no such resource, because the two eras have different errors for that. */
  read(uri) {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id) {
      const data = { id, templateTest: true, data: `Data for ID: ${id}` };
      return [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }];
    }
    switch (uri) {
      case 'test://static-text': return [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }];
      case 'test://static-binary': return [{ uri, mimeType: 'image/png', blob: pixel }];
      case 'test://watched-resource': return [{ uri, mimeType: 'text/plain', text: `It reads ${this.reading}.` }];
      default: return undefined;
    }
  }

  complete(argument) {
    const values = words.filter((word) => word.startsWith(argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  }
}
