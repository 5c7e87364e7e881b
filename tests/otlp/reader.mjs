// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads requests of OTLP with the decoder that OpenTelemetry's own JavaScript generates from the
// standard's .proto files. A line in: {type, packed, body (base64)}; a line out: {request} or {fault}.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

const { opentelemetry } = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root.js');
const Request = opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
const plain = (message) => Request.toObject(message, { longs: String, enums: Number });

// What it does not know it passes over in silence, in either encoding: what is written again has to
// be what came.
function readProtobuf(body) {
  const message = Request.decode(body);
  assert.deepEqual(Buffer.from(Request.encode(message).finish()), body, 'written again it is another');
  return plain(message);
}

function readJson(body) {
  const text = JSON.parse(body);
  const request = plain(Request.fromObject(text));
  assert.deepEqual(request, text, 'written again it is another');
  return request;
}

function answer({ type, packed, body }) {
  let bytes = Buffer.from(body, 'base64');
  if (packed) bytes = gunzipSync(bytes);
  return type === 'application/json' ? readJson(bytes) : readProtobuf(bytes);
}

for await (const line of createInterface({ input: process.stdin })) {
  let out;
  try {
    out = { request: answer(JSON.parse(line)) };
  } catch (error) {
    out = { fault: `${error}` };
  }
  process.stdout.write(`${JSON.stringify(out)}\n`);
}
