// A party of @modelcontextprotocol/client 2.x. In the `mode` "legacy" it makes the handshake, and in "auto" it sends server/discover
// first. Then the library answers `input_required` itself, with the handlers that answer requests of older servers.
import { Client } from '@modelcontextprotocol/client';
import { answers, deadline, overhear, Party, plain } from './comparison.mjs';

const anything = { '~standard': { version: 1, vendor: 'callgate', validate: (value) => ({ value }) } };

export class PartyOfSdk2 extends Party {
  constructor(way, server, transport, mode) {
    super(way, server);
    this.transport = transport;
    this.client = new Client({ name: 'real', version: '1.0' }, {
      capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } },
      versionNegotiation: { mode },
    });
    this.client.fallbackNotificationHandler = async (notification) => this.came(notification);
    for (const method of Object.keys(answers)) {
      this.client.setRequestHandler(method, async (request) => this.asked(method, request.params));
    }
  }

  async connect() {
    await this.client.connect(this.transport);
    this.era = this.client.getProtocolEra();
    overhear(this.transport, this.raw);
  }

  async request(method, params = {}, options = {}) {
    return plain(await this.client.request({ method, params }, anything, { timeout: deadline, ...options }));
  }
}
