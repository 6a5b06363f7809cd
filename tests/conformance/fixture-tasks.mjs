// The extension io.modelcontextprotocol/tasks of the modern fixture: work that continues after its call was answered, and the
// tools that the suite's tasks-* scenarios call.
import crypto from 'node:crypto';
import { content, elicitation, given, tool, ToolError } from './fixture-catalog.mjs';
import { pause, RpcError } from './fixture-stdio.mjs';

export const extension = 'io.modelcontextprotocol/tasks';
const ended = ['completed', 'failed', 'cancelled'];

export class Tasks {
  /** `changed(task)` is called with the answer that tasks/get would give. */
  constructor({ changed }) {
    this.changed = changed;
    this.tasks = new Map();
  }

  create(work) {
    const now = new Date().toISOString();
    const task = {
      public: { taskId: crypto.randomUUID(), status: 'working', createdAt: now, lastUpdatedAt: now, ttlMs: 600_000, pollIntervalMs: 100 },
      controller: new AbortController(),
      inputs: 0,
    };
    this.tasks.set(task.public.taskId, task);
    const context = { signal: task.controller.signal, ask: (requests) => this.#ask(task, requests) };
    const created = { resultType: 'task', ...task.public };
    this.#run(task, async () => work(context));
    return created;
  }

  get(taskId) {
    return { ...this.#find(taskId).public };
  }

  update(taskId, responses) {
    const task = this.#find(taskId);
    if (typeof responses !== 'object' || responses === null) throw new RpcError(-32602, 'inputResponses is no object');
    const { inputRequests } = task.public;
    for (const [name, answer] of Object.entries(responses)) {
      if (!inputRequests || !Object.hasOwn(inputRequests, name)) continue;
      task.answers[task.names[name]] = answer;
      delete inputRequests[name];
    }
    if (inputRequests && Object.keys(inputRequests).length === 0) {
      delete task.public.inputRequests;
      this.#to(task, { status: 'working' });
      task.answered(task.answers);
    }
    return {};
  }

  cancel(taskId) {
    const task = this.#find(taskId);
    if (ended.includes(task.public.status)) return {};
    delete task.public.inputRequests;
    this.#to(task, { status: 'cancelled' });
    task.controller.abort();
    return {};
  }

  #find(taskId) {
    const task = this.tasks.get(taskId);
    if (!task) throw new RpcError(-32602, `Unknown task: ${taskId}`);
    return task;
  }

  #to(task, change) {
    Object.assign(task.public, change, { lastUpdatedAt: new Date().toISOString() });
    this.changed({ ...task.public });
  }

  #ask(task, requests) {
    task.names = {};
    task.answers = {};
    const inputRequests = {};
    for (const [name, request] of Object.entries(requests)) {
      task.inputs += 1;
      const minted = `input-${task.inputs}`;
      task.names[minted] = name;
      inputRequests[minted] = request;
    }
    return new Promise((resolve) => {
      task.answered = resolve;
      this.#to(task, { status: 'input_required', inputRequests });
    });
  }

  async #run(task, work) {
    let end;
    try {
      end = { status: 'completed', result: await work() };
    } catch (error) {
      if (error instanceof ToolError) end = { status: 'completed', result: { ...content(error.message), isError: true } };
      else end = { status: 'failed', error: { code: error.code ?? -32603, message: error.message } };
    }
    if (!ended.includes(task.public.status)) this.#to(task, end);
  }
}

const askConfirmation = (what) => elicitation(what, { confirm: { type: 'boolean' } });

export const taskTools = [
  tool('greet', 'Greets at once', ({ name }) => content(`Hello, ${name}!`), { name: { type: 'string' } }, ['name']),
  tool('slow_compute', 'Takes some seconds', ({ seconds, label = '' }, { task }) => task(async ({ signal }) => {
    await pause(seconds * 1000, signal);
    return content(`Computed ${label} in ${seconds} s`);
  }), { seconds: { type: 'number' }, label: { type: 'string' } }, ['seconds']),
  tool('failing_job', 'Fails, as a task only', (args, { task }) => task(async () => {
    throw new ToolError('The job went wrong.');
  }, { required: true })),
  tool('protocol_error_job', 'Ends with a protocol error, as a task only', (args, { task }) => task(async () => {
    throw new RpcError(-32603, 'The job broke.');
  }, { required: true })),
  tool('confirm_delete', 'Asks before it acts', ({ filename = 'it' }, { task }) => task(async ({ ask }) => {
    const { sure } = await ask({ sure: askConfirmation(`Delete ${filename}?`) });
    return content(given(sure, 'confirm') === true ? `Deleted ${filename}.` : `Kept ${filename}.`);
  }), { filename: { type: 'string' } }),
  tool('multi_input', 'Asks for two things at once', (args, { task }) => task(async ({ ask }) => {
    const { first, second } = await ask({ first: askConfirmation('First?'), second: askConfirmation('Second?') });
    return content(`${first.action} and ${second.action}`);
  })),
  tool('test_tool_with_task', 'Asks, and then goes on as a task', async (args, { ask, task }) => {
    const { user_name } = await ask({ user_name: elicitation('What is your name?', { name: { type: 'string' } }) });
    return task(async () => content(`Done for ${given(user_name, 'name')}.`));
  }),
];
