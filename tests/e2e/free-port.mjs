// Loaded before a server whose port is fixed: the server gets a free port instead, and tells it on stderr.
import net from 'node:net';
import process from 'node:process';

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenAnywhere(where, ...rest) {
  this.once('listening', () => process.stderr.write(`listens on port ${this.address().port}\n`));
  const local = typeof where === 'object' ? { ...where, port: 0 } : 0;
  return listen.call(this, local, ...rest);
};
