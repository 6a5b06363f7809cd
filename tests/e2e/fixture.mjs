// Every feature of the fixture servers of tests/conformance, without a gate and through one. No released server
// is like them yet: one has only 2026-07-28 and asks in rounds, and one has the older revisions with the same tools.
import assert from 'node:assert/strict';
import { failure, feature, same, some } from './comparison.mjs';

const text = (result) => result.content.map((item) => item.text).join();
const isModern = (party) => party.era === 'modern';

const toolCalls = [
  ['test_simple_text', {}], ['test_image_content', {}], ['test_audio_content', {}], ['test_embedded_resource', {}],
  ['test_multiple_content_types', {}], ['test_error_handling', {}],
  ['test_echo', { value: { deep: [1, 2.50, 'grüße \u0000 🦊', null, { '': 12345678901 }] } }],
];

// The questions of each tool, and a word of its answer which shows that the client's answer has arrived.
const askingCalls = [
  ['test_sampling', { prompt: 'say' }, ['sampling/createMessage'], /sampled/],
  ['test_elicitation', { message: 'who?' }, ['elicitation/create'], /somebody/],
  ['test_elicitation_url', { url: 'https://example.com/here' }, ['elicitation/create'], /accept/],
  ['test_elicitation_sep1034_defaults', {}, ['elicitation/create'], /somebody/],
  ['test_elicitation_sep1330_enums', {}, ['elicitation/create'], /somebody/],
  ['test_input_required_result_elicitation', {}, ['elicitation/create'], /Hello, somebody/],
  ['test_input_required_result_sampling', {}, ['sampling/createMessage'], /sampled/],
  ['test_input_required_result_list_roots', {}, ['roots/list'], /projects/],
  ['test_input_required_result_request_state', {}, ['elicitation/create'], /state-ok/],
  ['test_input_required_result_multiple_inputs', {}, ['elicitation/create', 'roots/list', 'sampling/createMessage'], /sampled somebody, 1 roots/],
  ['test_input_required_result_multi_round', {}, ['elicitation/create', 'elicitation/create'], /likes/],
  ['test_input_required_result_capabilities', {}, ['elicitation/create', 'sampling/createMessage'], /question, user_name/],
  ['test_input_required_result_state_only', {}, [], /second round/],
];

async function lists(parties) {
  await same('tools/list', parties, async (party) => party.ours((await party.request('tools/list')).tools)
    .map((tool) => ({ ...tool, name: party.own(tool.name) })), some);
  await same('prompts/list', parties, async (party) => party.ours((await party.request('prompts/list')).prompts)
    .map((prompt) => ({ ...prompt, name: party.own(prompt.name) })), some);
  await same('resources/list', parties, async (party) => (await party.request('resources/list')).resources
    .filter(({ uri }) => uri.startsWith('test:')), some);
  await same('resources/templates/list', parties, async (party) => (await party.request('resources/templates/list')).resourceTemplates
    .filter(({ uriTemplate }) => uriTemplate.startsWith('test:')), some);
}

async function reads(parties) {
  for (const uri of ['test://static-text', 'test://static-binary', 'test://template/77/data']) {
    await same(`resources/read ${uri}`, parties, (party) => party.request('resources/read', { uri }), (result) => some(result.contents));
  }
  await feature(`${parties[1].way}: a resource that no server has is an error of the client's era`, async () => {
    await failure(parties[1].request('resources/read', { uri: 'test://nowhere' }));
    const { error } = parties[1].raw.at(-1); // the raw message, not the library's error
    assert.equal(error.code, isModern(parties[1]) ? -32602 : -32002);
    assert.equal(error.data.uri, 'test://nowhere');
  });
  for (const [name, args] of [['test_simple_prompt'], ['test_prompt_with_arguments', { arg1: 'a', arg2: 'b' }],
    ['test_prompt_with_embedded_resource', { resourceUri: 'test://x' }], ['test_prompt_with_image'], ['test_input_required_result_prompt']]) {
    await same(`prompts/get ${name}`, parties, (party) => party.request('prompts/get', { name: party.name(name), arguments: args }),
      (result) => some(result.messages));
  }
  await same('completion', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/prompt', name: party.name('test_prompt_with_arguments') }, argument: { name: 'arg1', value: 'pa' },
  }), (result) => assert.deepEqual(result.completion.values, ['paris', 'park', 'party']));
}

async function asks(parties) {
  for (const [name, args, methods, answer] of askingCalls) {
    await same(`${name} asks and gets its answer`, parties, async (party) => {
      const result = await party.call(name, args);
      const asked = party.questions.map(({ method, params: { mode = 'form', ...params } }) =>
        ({ method, params: { ...params, ...(method === 'elicitation/create' && { mode }) } }));
      return { result, asked: asked.sort((a, b) => a.method.localeCompare(b.method)) };
    }, ({ result, asked }) => {
      assert.match(text(result), answer);
      assert.deepEqual(asked.map(({ method }) => method), methods);
    });
  }
}

// Messages while a call runs. The libraries drop progress that arrives together with the answer, so the raw messages are compared.
async function streams(parties) {
  await same('progress', parties, async (party) => {
    const before = party.raw.length;
    const result = await party.call('test_tool_with_progress', {}, { meta: { progressToken: 'mine' } });
    return { result, progress: party.raw.slice(before).filter(({ params }) => params?.progressToken === 'mine') };
  }, ({ progress }) => assert.equal(progress.length, 3));
  const logged = (party, level) => {
    party.forget();
    return party.call('test_tool_with_logging', {}, isModern(party) && level ? { meta: { 'io.modelcontextprotocol/logLevel': level } } : {});
  };
  const lines = (party) => party.notifications.filter(({ method }) => method === 'notifications/message').map(({ params }) => params.data);
  await same('log messages of the requested level', parties, async (party) => {
    if (!isModern(party)) await party.request('logging/setLevel', { level: 'debug' });
    await logged(party, 'debug');
    await party.notified(({ params }) => params?.data === 'Tool execution completed');
    const loud = lines(party);
    if (!isModern(party)) await party.request('logging/setLevel', { level: 'error' });
    await logged(party, 'error');
    return { loud, quiet: lines(party) };
  }, ({ loud, quiet }) => assert.deepEqual([loud.length, quiet.length], [2, 0])); // the last one was removed above
  await same('cancel', parties, async (party) => {
    const controller = new AbortController();
    const begun = party.raw.length;
    const pending = failure(party.call('test_wait', { milliseconds: 60_000 }, { signal: controller.signal, meta: { progressToken: 'w' } }));
    while (!party.raw.slice(begun).some(({ params }) => params?.progressToken === 'w')) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort('enough');
    return [await pending !== 'no error', await party.call('test_simple_text')];
  }, ([cancelled]) => assert.ok(cancelled));
}

/** Subscribes in the way of the client's era. Returns a function that ends the subscription. */
async function subscribe(party, uri) {
  if (isModern(party)) {
    const subscription = await party.client.listen({ toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: [uri] });
    return () => subscription.close();
  }
  await party.request('resources/subscribe', { uri });
  return () => party.request('resources/unsubscribe', { uri });
}

async function changes(parties) {
  const uri = 'test://watched-resource';
  const came = (party, method) => party.notified((notification) => notification.method === method);
  await same('changes are reported', parties, async (party) => {
    const end = await subscribe(party, uri);
    party.forget();
    await party.call('test_trigger_resource_update');
    const updated = (await came(party, 'notifications/resources/updated')).params.uri;
    const read = await party.request('resources/read', { uri });
    await party.call('test_trigger_tool_change');
    await came(party, 'notifications/tools/list_changed');
    const now = await party.call('test_now_and_then');
    await party.call('test_trigger_prompt_change');
    await came(party, 'notifications/prompts/list_changed');
    const prompts = party.ours((await party.request('prompts/list')).prompts).map(({ name }) => party.own(name));
    await end();
    return { updated, read, now, prompts };
  }, ({ updated, prompts }) => {
    assert.equal(updated, uri);
    assert.ok(prompts.includes('test_prompt_now_and_then'));
  });
  await same('the changes are undone', parties, async (party) => {
    await party.call('test_trigger_tool_change');
    await party.call('test_trigger_prompt_change');
    return party.call('test_simple_text');
  });
}

export async function fixture(parties) {
  await lists(parties);
  for (const [name, args] of toolCalls) await same(`${name} ${JSON.stringify(args)}`, parties, (party) => party.call(name, args), some);
  await reads(parties);
  await asks(parties);
  await streams(parties);
  await changes(parties);
  await same('an unknown tool is an error', parties, async (party) => (await failure(party.call('test_nothing'))).code,
    (code) => assert.equal(code, -32602));
}
