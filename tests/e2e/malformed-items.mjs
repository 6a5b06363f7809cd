// Items of lists that all or some client libraries refuse. `$` is the item's name. Those under `listed` reach clients, mended if
// necessary. The others are hidden, and no other item is.

const tool = (members) => `{"name":"$","inputSchema":{"type":"object"},${members}}`;
const input = (schema) => `{"name":"$","inputSchema":${schema}}`;
const output = (schema) => tool(`"outputSchema":${schema}`);
const prompt = (members) => `{"name":"$",${members}}`;
const resource = (members) => `{"uri":"odd://$","name":"$",${members}}`;
const template = (members) => `{"uriTemplate":"odd://$/{x}","name":"$",${members}}`;
const nested = (depth, open, close) => open.repeat(depth) + close.repeat(depth);

const wrong = ['null', '5', 'true', '"text"', '[]', '{}', '[null]'];
const each = (key, values) => values.map((value) => `"${key}":${value}`);
const optionalOfAll = [
  ...each('title', ['null', '5', '{}', '[]']), ...each('description', ['null', '5', '{}', '["a"]']), ...each('_meta', wrong),
  ...each('icons', ['null', '5', '{}', '"x"', '[null]', '[5]', '[{}]', '[{"src":null}]', '[{"src":"s","sizes":"48x48"}]',
    '[{"src":"s","mimeType":null,"theme":"red"}]', '[[]]']),
];

export const listed = {
  tools: [
    ...optionalOfAll.map(tool),
    ...each('annotations', ['null', '5', '[]', '"x"', '{"title":null,"readOnlyHint":null}', '{"readOnlyHint":"yes","destructiveHint":1}']).map(tool),
    ...each('execution', ['null', '5', '[]', '{"taskSupport":null}', '{"taskSupport":"never"}']).map(tool),
    ...each('outputSchema', ['null', '5', '[]', '"x"', 'true']).map(tool),
    ...['{}', '[]', '{"type":null}', '{"type":"string"}', '{"type":["object"]}', '{"type":5}', '{"type":"object","properties":[]}',
      '{"type":"object","properties":null}', '{"type":"object","required":null}', '{"type":"object","required":"a"}',
      '{"type":"object","required":{}}', '{"type":"object","required":[null,5,"a"]}', '{"type":"object","properties":{"a":null}}',
      '{"type":"object","properties":{"a":true,"b":false,"c":5,"d":"string","e":[]}}', '{"type":"object","$schema":null}',
      '{"type":"object","$schema":5}', '{"type":"object","properties":{"a":{"maximum":1e999,"minimum":-1e999}}}',
      '{"type":"object","additionalProperties":null}', '{"type":"object","$defs":null,"definitions":5}',
      '{"type":"object","properties":{"a":{"type":"object","properties":[],"required":null}}}',
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{}}}', '{"type":"object","type":"array"}',
      '{"type":"object","allOf":null,"anyOf":5,"enum":null}', '{"type":"object","properties":{"a":{"pattern":"("}}}',
      '{"type":"object","properties":{"a":{"$ref":"#/nowhere"}}}', `{"type":"object","x":${nested(200, '[', ']')}}`,
      `{"type":"object","properties":{"a":${'{"properties":{"a":'.repeat(40)}{}${'}}'.repeat(40)}}}`].map(input),
    ...['{"type":"string"}', '{}', '{"type":"object","properties":[]}', '{"type":"object","required":null}',
      '{"type":"object","required":[5]}', '{"type":"object","properties":{"a":null}}', '{"type":"object","properties":{"a":{"type":"text"}}}',
      '{"type":"object","properties":{"a":{"$ref":"#/$defs/none"}}}', '{"type":"object","properties":{"a":{"pattern":"(?i)x"}}}',
      '{"type":"object","$ref":"https://localhost:1/schema"}', '{"type":"object","enum":[]}', '{"type":"object","minProperties":"1"}',
      '{"type":"object","properties":{"a":{"id":"x"}}}', '{"type":"object","$id":5}', '{"type":"object","$async":true}',
      '{"type":"object","$schema":"http://nowhere/schema"}', '{"type":"object","additionalProperties":"no"}',
      '{"type":"object","patternProperties":{"[z-a]":{}}}', '{"type":"object","properties":{"a":{"nullable":true}}}',
      '{"type":"object","properties":{"a":{"discriminator":{}}}}', '{"type":"object","$recursiveRef":"#"}',
      '{"type":"object","dependencies":{"a":5}}', '{"type":"object","properties":{"a":{"multipleOf":0}}}',
      `{"type":"object","properties":{"a":${'{"items":'.repeat(60)}{}${'}'.repeat(60)}}}`].map(output),
    '{"name":"$","inputSchema":{"type":"object"},"Title":"x","ANNOTATIONS":{"readOnlyHint":true}}',
    tool('"unknown":null,"x":[{"y":null}]'),
  ],
  prompts: [
    '{"name":"$"}', ...optionalOfAll.map(prompt), ...each('arguments', ['null', '{}', '[]', '[null]']).map(prompt),
    ...['{"name":"a","required":null}', '{"name":"a","required":"yes"}', '{"name":"a","title":5,"description":null}',
      '{"name":"a","description":["x"]}', '{"name":"a"},null'].map((argument) => prompt(`"arguments":[${argument}]`)),
  ],
  resources: [
    '{"uri":"odd://$"}', '{"uri":"odd://$","name":null}', '{"uri":"odd://$","name":5}', ...optionalOfAll.map(resource),
    ...each('mimeType', ['null', '5', '{}']).map(resource), ...each('size', ['null', '"1"', '1e999', '{}']).map(resource),
    ...each('annotations', ['null', '5', '[]', '{"audience":null}', '{"audience":"user"}', '{"audience":["robot"]}', '{"priority":"1"}',
      '{"priority":5}', '{"lastModified":"today"}', '{"lastModified":5}']).map(resource),
  ],
  resourceTemplates: [
    '{"uriTemplate":"odd://$/{x}"}', '{"uriTemplate":"odd://$/{x}","name":null}', ...optionalOfAll.map(template),
    ...each('mimeType', ['null', '5', '[]']).map(template), ...each('annotations', ['null', '5', '{"audience":[5]}']).map(template),
    '{"uriTemplate":"odd://$/{","name":"$"}', '{"uriTemplate":"odd://$/{}","name":"$"}',
  ],
};

export const hidden = {
  tools: ['null', '5', '"x"', '[]', '{}', '{"name":null,"inputSchema":{"type":"object"}}', '{"name":5,"inputSchema":{"type":"object"}}',
    '{"name":"","inputSchema":{"type":"object"}}', '{"name":["a"],"inputSchema":{"type":"object"}}', '{"name":"$"}', input('null'), input('5'),
    input('"object"'), input('[{}]'), input('true'), input('{"type":"object","properties":5}'), input('{"type":"object","properties":["a"]}'),
    '{"name":"$","name":"$","inputSchema":{"type":"object"}}', '{"Name":"$","inputSchema":{"type":"object"}}', '{"name":"$","InputSchema":{"type":"object"}}',
    '{"name":"$","Name":"x","inputSchema":{"type":"object"}}', `{"name":"$${'n'.repeat(9000)}","inputSchema":{"type":"object"}}`],
  prompts: ['null', '5', '[]', '{}', '{"name":null}', '{"name":{}}', '{"name":""}', prompt('"arguments":5'), prompt('"arguments":"x"'),
    prompt('"arguments":{"a":1}'), prompt('"arguments":[5]'), prompt('"arguments":[{}]'), prompt('"arguments":[{"name":null}]')],
  resources: ['null', '5', '[]', '{}', '{"uri":null,"name":"$"}', '{"uri":5,"name":"$"}', '{"uri":"","name":"$"}', '{"name":"$"}'],
  resourceTemplates: ['null', '5', '[]', '{}', '{"uriTemplate":null,"name":"$"}', '{"uriTemplate":"","name":"$"}', '{"name":"$"}'],
};

// The answers to all four lists. Servers of the first kind have no usable items.
export const wholeLists = ['{}', '{"LIST":null}', '{"LIST":{}}', '{"LIST":5}', '{"LIST":[],"nextCursor":null}', '{"LIST":[],"nextCursor":5}',
  '{"LIST":[],"_meta":null}', '{"LIST":[],"nextCursor":""}', '[]', 'null', '5', '"x"', '{"LIST":[[]]}',
  `{"LIST":[{"name":"deep","inputSchema":${nested(2000, '[', ']')}}]}`];
