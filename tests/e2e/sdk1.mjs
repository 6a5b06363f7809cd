// A party of @modelcontextprotocol/sdk 1.x, which uses the revisions with a handshake.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { deadline, overhear, Party, plain } from './comparison.mjs';

export class PartyOfSdk1 extends Party {
  constructor(way, server, transport) {
    super(way, server);
    this.era = 'legacy';
    this.transport = transport;
    this.client = new Client({ name: 'real', version: '1.0' }, {
      capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } },
    });
    this.client.fallbackNotificationHandler = async (notification) => this.came(notification);
    for (const schema of [CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema]) {
      this.client.setRequestHandler(schema, async (request) => this.asked(request.method, request.params));
    }
  }

  async connect() {
    await this.client.connect(this.transport);
    overhear(this.transport, this.raw);
  }

  async request(method, params = {}, options = {}) {
    return plain(await this.client.request({ method, params }, ResultSchema, { timeout: deadline, ...options }));
  }
}
