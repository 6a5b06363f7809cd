// Every feature of @modelcontextprotocol/server-everything, without a gate and through one. Features that the 2026-07-28 revision no
// longer has are in a separate function.
import assert from 'node:assert/strict';
import { calls, failure, feature, same, some, toolsAreEqual } from './comparison.mjs';

/** Lists, calls, prompts, resources, completion, progress and cancel: the same in every revision. */
export async function plainFeatures(parties) {
  const [direct] = parties;
  await toolsAreEqual(parties, 'everything');
  await same('prompts/list', parties, async (party) => party.ours((await party.request('prompts/list')).prompts)
    .map((prompt) => ({ ...prompt, name: party.own(prompt.name) })), some);
  await same('resources/list', parties, async (party) => (await party.request('resources/list')).resources
    .filter((resource) => resource.uri.startsWith('demo:')), some);
  await same('resources/templates/list', parties,
    async (party) => (await party.request('resources/templates/list')).resourceTemplates
      .filter((template) => template.uriTemplate.startsWith('demo:')), some);

  const toolCalls = [
    ['echo', { message: 'grüße \u0000 "quoted" 🦊' }],
    ['get-sum', { a: 1.5, b: 2 }],
    ['get-tiny-image', {}],
    ['get-annotated-message', { messageType: 'error', includeImage: true }],
    ['get-annotated-message', { messageType: 'debug' }],
    ['get-structured-content', { location: 'New York' }],
    ['get-resource-links', { count: 3 }],
    ['get-resource-reference', { resourceType: 'Text', resourceId: 1 }],
    ['get-resource-reference', { resourceType: 'Blob', resourceId: 2 }],
    ['gzip-file-as-resource', { name: 'a.gz', data: 'data:text/plain;base64,aGVsbG8=', outputType: 'resource' }],
    ['trigger-long-running-operation', { duration: 0.05, steps: 1 }],
    ['get-sum', { a: 'no number' }],
    ['get-structured-content', { location: 'nowhere' }],
  ];
  for (const [name, args] of toolCalls) {
    await same(`everything: ${name} ${JSON.stringify(args)}`, parties, (party) => party.call(name, args), some);
  }
  await same('a link in a result can be read', parties, async (party) => {
    const result = await party.call('gzip-file-as-resource', { name: 'b.gz', data: 'data:text/plain;base64,aGVsbG8=' });
    const link = result.content.find((item) => item.type === 'resource_link');
    if (party.era === 'legacy') await party.notified((notification) => notification.method === 'notifications/resources/list_changed');
    return [link, await party.request('resources/read', { uri: link.uri })];
  }, some);

  for (const [name, args] of [['simple-prompt'], ['args-prompt', { city: 'Bern', state: 'BE' }],
    ['completable-prompt', { department: 'Engineering', name: 'Alice' }],
    ['resource-prompt', { resourceType: 'Text', resourceId: '1' }]]) {
    await same(`prompts/get ${name}`, parties, (party) => party.request('prompts/get', { name: party.name(name), arguments: args }),
      (result) => some(result.messages));
  }
  await same('an unknown prompt is an error', parties, async (party) => {
    const error = await failure(party.request('prompts/get', { name: party.name('nobody') }));
    return error.code;
  }, (code) => assert.equal(code, -32602));

  const { resources } = await direct.request('resources/list');
  for (const uri of [...resources.map((resource) => resource.uri), 'demo://resource/dynamic/text/3',
    'demo://resource/dynamic/blob/4']) {
    await same(`resources/read ${uri}`, parties, (party) => party.request('resources/read', { uri }),
      (result) => some(result.contents));
  }
  await same('a resource unknown to its server is the server\'s own error', parties,
    (party) => failure(party.request('resources/read', { uri: 'demo://resource/dynamic/text/none' })), some);
  await feature('a resource that no server has is an error', async () => {
    const error = await failure(parties[1].request('resources/read', { uri: 'nobody://has/this' }));
    // A gate with one server forwards the request to it, and this server has another error.
    assert.ok((parties[1].way === 'gate' ? [-32002] : [-32002, -32602]).includes(error.code));
  });

  await same('completion of a prompt', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/prompt', name: party.name('completable-prompt') }, argument: { name: 'department', value: 'E' },
  }), (result) => some(result.completion.values));
  await same('completion with a context', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/prompt', name: party.name('completable-prompt') }, argument: { name: 'name', value: '' },
    context: { arguments: { department: 'Engineering' } },
  }), (result) => some(result.completion.values));
  await same('completion of a resource template', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' },
    argument: { name: 'resourceId', value: '1' },
  }), (result) => some(result.completion.values));

  // The SDK drops progress that comes together with the answer, so the raw messages are compared. After an error over HTTP, the library
  // resumes the stream although it is complete, and then this server sends messages of other streams again. So repetitions don't count.
  const withToken = async (party, token, args) => {
    calls.push({ way: party.way, server: party.server, tool: 'trigger-long-running-operation', args });
    const before = party.raw.length;
    const result = await party.request('tools/call', {
      name: party.name('trigger-long-running-operation'), arguments: args, _meta: { progressToken: token },
    });
    const ours = new Map(party.raw.slice(before).filter((message) => message.params?.progressToken === token)
      .map((message) => [JSON.stringify(message), message]));
    return { progress: [...ours.values()], result };
  };
  await same('progress', parties, (party) => withToken(party, 'a token', { duration: 0.3, steps: 3 }),
    ({ progress }) => assert.equal(progress.length, 3));
  await same('the progress of two concurrent calls is separate', parties, (party) => Promise.all(
    [withToken(party, 'two', { duration: 0.2, steps: 2 }), withToken(party, 4711, { duration: 0.25, steps: 4 })]),
  ([two, four]) => assert.deepEqual([two.progress.length, four.progress.length], [2, 4]));

  await same('cancel', parties, async (party) => {
    const controller = new AbortController();
    const steps = [];
    const pending = failure(party.call('trigger-long-running-operation', { duration: 1, steps: 20 }, {
      signal: controller.signal,
      onprogress: (progress) => { steps.push(progress); if (steps.length === 2) controller.abort('enough'); },
    }));
    const error = await pending;
    return [error, await party.call('echo', { message: 'after it' })];
  }, some);
  await same('_meta of a request', parties, (party) => party.call('echo', { message: 'm' }, {
    meta: { traceparent: '00-ab-cd-01', 'com.example/x': { y: 1 } },
  }), some);
  await same('an unknown method is an error', parties, async (party) => (await failure(party.request('no/such/method'))).code,
    (code) => assert.equal(code, -32601));
  await feature('the environment is clean', async () => {
    const text = (await parties[1].call('get-env')).content[0].text;
    assert.ok(JSON.parse(text).PATH);
    assert.ok(!text.includes('REAL_TEST_SECRET'));
  });
}

/** Questions that the server sends to its client while a call runs. */
export async function questions(parties) {
  await same('sampling', parties, async (party) => ({
    result: await party.call('trigger-sampling-request', { prompt: 'say', maxTokens: 5 }), questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].method, 'sampling/createMessage'));
  await same('elicitation', parties, async (party) => ({
    result: await party.call('trigger-elicitation-request'), questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].method, 'elicitation/create'));
  await same('elicitation by URL', parties, async (party) => ({
    result: await party.call('trigger-url-elicitation', { url: 'https://example.com/x', elicitationId: 'fixed' }),
    questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].params.url, 'https://example.com/x'));
  await same('roots', parties, (party) => party.call('get-roots-list'), (result) => assert.match(result.content[0].text, /projects\/one/));
}

/** Features that exist only in a session, that is, in the revisions with a handshake. */
export async function sessionFeatures(parties) {
  await same('elicitation by error', parties, (party) => failure(party.call('trigger-url-elicitation',
    { url: 'https://example.com/y', elicitationId: 'fixed', errorPath: true })), (error) => assert.equal(error.code, -32042));
  await same('changed roots', parties, async (party) => {
    party.roots = [{ uri: 'file:///projects/two', name: 'two' }];
    party.notifications.length = 0; // the first list caused the same notification
    await party.client.sendRootsListChanged();
    await party.notified((notification) => notification.method === 'notifications/message' && /Roots updated/.test(notification.params.data));
    return party.call('get-roots-list');
  }, some);

  await same('a log level', parties, async (party) => {
    await party.request('logging/setLevel', { level: 'emergency' });
    party.notifications.length = 0;
    await party.request('resources/subscribe', { uri: 'demo://resource/dynamic/text/9' }); // logs at "info"
    await party.call('echo', { message: 'a round trip' });
    const quiet = party.notifications.filter((notification) => notification.method === 'notifications/message');
    await party.request('logging/setLevel', { level: 'debug' });
    await party.request('resources/unsubscribe', { uri: 'demo://resource/dynamic/text/9' });
    const loud = await party.notified((notification) => notification.method === 'notifications/message');
    return { quiet, loud };
  }, ({ quiet }) => assert.deepEqual(quiet, []));
  await same('a subscription', parties, async (party) => {
    const uri = 'demo://resource/dynamic/text/1';
    await party.request('resources/subscribe', { uri });
    await party.call('toggle-subscriber-updates');
    const update = await party.notified((notification) => notification.method === 'notifications/resources/updated');
    await party.call('toggle-subscriber-updates');
    await party.request('resources/unsubscribe', { uri });
    return update;
  }, some);
}

export async function everything(parties) {
  await plainFeatures(parties);
  await questions(parties);
  await sessionFeatures(parties);
}
